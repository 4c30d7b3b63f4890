import type { FileIdentity } from "../files/file-identity.ts";
import { fileFault } from "../files/image-file.ts";
import { identifyFile } from "../http/identify-file.ts";

/**
 * Creates the `noteFile` of a context: passes the identity of each file to a callback. Without one, nothing is read.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 */
export function noteFilesTo(onFile: ((identity: FileIdentity) => void) | undefined): (path: string) => Promise<void> {
  return async (path) => {
    if (!onFile) return;
    const identity = await identifyFile(path).catch((cause) => {
      throw fileFault(cause, path);
    });
    onFile(identity);
  };
}
