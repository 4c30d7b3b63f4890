/** The index of a shard from the shard itself. */
import { createHash } from "node:crypto";
import { archiveKind } from "../src/archive/archive-kind.ts";
import { entriesOf } from "../src/archive/read-tar.ts";
import { selectedName } from "../src/archive/tar-files.ts";
import { isVoxRxError } from "../src/errors.ts";
import { readSource } from "../src/http/read-source.ts";
import { sampleFile } from "../src/shards/shard-fields.ts";
import type { FilePlace, IndexedSample } from "../src/shards/shard-index.ts";
import { duplicateFile } from "./shard-samples.ts";

/**
 * The positions of all samples of a shard on disk, in order, as its index would give them. Undefined if the shard is
 * compressed: its files have no positions.
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE`, `VOXRX_UNSAFE_ENTRY`; FormatError `VOXRX_FILE_MISSING`
 */
export async function scanShard(path: string, signal: AbortSignal): Promise<readonly IndexedSample[] | undefined> {
  if ((await archiveKind(path)) !== "tar") return undefined;
  const samples: { key: string; fields: Record<string, FilePlace> }[] = [];
  try {
    for await (const entry of entriesOf(readSource(path, { signal }))) {
      const name = selectedName(entry, (file) => sampleFile(file) !== undefined);
      const found = name === undefined ? undefined : sampleFile(name);
      if (name === undefined || !found) continue;
      const { sampleKey: key, extension } = found;
      if (samples.at(-1)?.key !== key) samples.push({ key, fields: Object.create(null) });
      const fields = samples.at(-1)?.fields ?? {};
      if (Object.hasOwn(fields, extension)) throw duplicateFile(name, path);
      const hash = createHash("sha256");
      for await (const bytes of entry.content) hash.update(bytes);
      fields[extension] = { offset: entry.offset, length: entry.size, sha256: hash.digest("hex") };
    }
    return samples;
  } catch (error) {
    throw isVoxRxError(error) ? error.locate({ file: path }) : error;
  }
}
