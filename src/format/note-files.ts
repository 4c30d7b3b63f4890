import type { FileIdentity } from "../files/file-identity.ts";
import { fileFault } from "../files/image-file.ts";
import { identifyFile } from "../http/identify-file.ts";

/** The current identity of a file. @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE` */
export async function identityOf(path: string): Promise<FileIdentity> {
  return identifyFile(path).catch((cause) => {
    throw fileFault(cause, path);
  });
}

/** Creates the `noteFile` of a context: passes the identity of each file to a callback. */
export function noteFilesTo(onFile: ((identity: FileIdentity) => void) | undefined): (path: string) => Promise<void> {
  return async (path) => {
    const identity = await identityOf(path);
    onFile?.(identity);
  };
}
