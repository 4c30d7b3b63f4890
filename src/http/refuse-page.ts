import { DownloadError } from "../errors.ts";

/** What is known of an answer before its body. */
interface PageContext {
  readonly contentType: string;
  /** Names of the file, to recognize requested pages. */
  readonly names: readonly string[];
  /** For errors. */
  readonly file: string;
}

/**
 * Refuses a web page where a file is expected: login pages and "this file has moved" pages often have status 200.
 *
 * @throws DownloadError `VOXRX_UNEXPECTED_CONTENT`
 */
export function refusePage({ contentType, names, file }: PageContext): void {
  if (isLabeledPage(contentType) && !isWanted(names)) throw pageInstead(file);
}

/**
 * The bytes of an answer. Refuses a page that is not labeled as one; one that is, is {@link refusePage}'s.
 *
 * @throws DownloadError `VOXRX_UNEXPECTED_CONTENT`
 */
export async function* refusingPages(
  bytes: AsyncIterable<Uint8Array>,
  { isStart, contentType, names, file }: PageContext & { readonly isStart: boolean },
): AsyncGenerator<Uint8Array, void, void> {
  let isFirst = isStart && !isLabeledPage(contentType) && !isWanted(names);
  for await (const chunk of bytes) {
    if (
      isFirst &&
      /^(\xef\xbb\xbf)?\s*<(!doctype html|html)[\s>]/i.test(Buffer.from(chunk.subarray(0, 256)).toString("latin1"))
    )
      throw pageInstead(file);
    isFirst = false;
    yield chunk;
  }
}

function isLabeledPage(contentType: string): boolean {
  return /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType);
}

function isWanted(names: readonly string[]): boolean {
  return names.some((name) => /\.x?html?$/i.test(name));
}

function pageInstead(file: string): DownloadError {
  return new DownloadError("VOXRX_UNEXPECTED_CONTENT", "the server sent a web page instead of a file", {
    file,
    remedy: "Open the URL in a browser: it may require a login, a consent form or a confirmation.",
  });
}
