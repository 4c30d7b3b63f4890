import { existsSync } from "node:fs";
import { access } from "node:fs/promises";
import { FormatError } from "../../errors.ts";

const pairName = /\.(hdr|img)(\.gz)?$/i;

/** The two files of an image whose header and samples are stored separately. */
export interface FilePair {
  readonly header: string;
  readonly image: string;
}

/** Whether a file name is one of a pair. */
export function isPairName(path: string): boolean {
  return pairName.test(path);
}

/**
 * The pair that a file belongs to; undefined for a single file. The other file can be compressed or not: the same
 * compression is tried first.
 *
 * @throws FormatError `VOXRX_FILE_MISSING` if the other file is missing
 */
export async function findPair(path: string): Promise<FilePair | undefined> {
  const place = placeInPair(path);
  if (!place) return undefined;
  const { isHeader, others } = place;
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
  throw new FormatError("VOXRX_FILE_MISSING", `the other file of the pair with ${path} does not exist`, {
    file: others[0],
    remedy: "Keep the .hdr and .img files in the same directory, with the same base name.",
  });
}

/** Whether a file is the samples of a pair whose header exists: they have no mark, and may look like anything. */
export function isSamplesOfPair(path: string): boolean {
  const place = placeInPair(path);
  return place !== undefined && !place.isHeader && place.others.some((other) => existsSync(other));
}

/** What a file is in a pair, and the paths that the other file may have; undefined for a single file. */
function placeInPair(path: string): { readonly isHeader: boolean; readonly others: readonly string[] } | undefined {
  const match = pairName.exec(path);
  if (!match) return undefined;
  const [extension, kind = "", gz = ""] = match;
  const isHeader = kind.toLowerCase() === "hdr";
  const stem = path.slice(0, -extension.length);
  const others = inCaseOf(kind, isHeader ? "img" : "hdr").flatMap((other) =>
    (gz === "" ? ["", ".gz"] : [gz, ""]).map((suffix) => `${stem}.${other}${suffix}`),
  );
  return { isHeader, others };
}

function inCaseOf(model: string, word: string): string[] {
  return model === model.toUpperCase() ? [word.toUpperCase(), word] : [word];
}
