import { access } from "node:fs/promises";
import { FormatError } from "../../errors.ts";

const pairName = /\.(hdr|img)(\.gz)?$/i;

/** The two files of an image whose samples lie apart from its header. */
export interface FilePair {
  readonly header: string;
  readonly image: string;
}

/** Whether a name is of one of a pair. */
export function isPairName(path: string): boolean {
  return pairName.test(path);
}

/**
 * The pair that a file belongs to; undefined for a single file. The other one is compressed alike, or not, whichever is there.
 *
 * @throws FormatError `VOXRX_FILE_MISSING` naming the absent one
 */
export async function findPair(path: string): Promise<FilePair | undefined> {
  const match = pairName.exec(path);
  if (!match) return undefined;
  const [ending, kind = "", gz = ""] = match;
  const isHeader = kind.toLowerCase() === "hdr";
  const stem = path.slice(0, -ending.length);
  const others = inCaseOf(kind, isHeader ? "img" : "hdr").flatMap((other) =>
    (gz === "" ? ["", ".gz"] : [gz, ""]).map((suffix) => `${stem}.${other}${suffix}`),
  );
  for (const other of others) {
    if (
      await access(other).then(
        () => true,
        () => false,
      )
    ) {
      return isHeader ? { header: path, image: other } : { header: other, image: path };
    }
  }
  throw new FormatError("VOXRX_FILE_MISSING", `the other file of the pair, ${others[0]}, is not there`, {
    file: path,
    remedy: "Keep .hdr and .img side by side, under one name.",
  });
}

function inCaseOf(model: string, word: string): string[] {
  return model === model.toUpperCase() ? [word.toUpperCase(), word] : [word];
}
