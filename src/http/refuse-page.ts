import { DownloadError } from "../errors.ts";
import { type FileAnswer, publicUrl } from "./request.ts";

/**
 * Refuses a web page where a file is expected: login pages and "this file has moved" pages often have status 200.
 *
 * @param names names of the file, to recognize requested pages
 * @throws DownloadError `VOXRX_UNEXPECTED_CONTENT`
 */
export function refusePage({ contentType, url }: FileAnswer, names: readonly string[]): void {
  const isPage = /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType);
  if (!isPage || [...names, url.pathname].some((name) => /\.x?html?$/i.test(name))) return;
  throw new DownloadError("VOXRX_UNEXPECTED_CONTENT", "the server sent a web page instead of a file", {
    file: publicUrl(url),
    remedy: "Open the URL in a browser: it may require a login, a consent form or a confirmation.",
  });
}
