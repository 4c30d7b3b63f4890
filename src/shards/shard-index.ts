/** The index beside a tar shard: where each file of each item lies, so that one item can be read without the others. */
import { z } from "zod";
import { ArchiveError } from "../errors.ts";
import { isUrl } from "../http/read-source.ts";

/** Where the bytes of one file lie in a shard. */
export interface FilePlace {
  readonly offset: number;
  readonly length: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** One item of a shard: its files by extension, in the order of the tar. */
export interface IndexedSample {
  readonly key: string;
  readonly fields: Readonly<Record<string, FilePlace>>;
}

/** What an index says of its shard. */
export interface ShardIndex {
  readonly version: 1;
  /** Length of the shard in bytes. */
  readonly bytes: number;
  readonly items: readonly IndexedSample[];
}

const place = z.strictObject({
  offset: z.int().min(0),
  length: z.int().min(0),
  sha256: z.hex().length(64).lowercase(),
});
const schema = z.object({
  version: z.literal(1),
  bytes: z.int().min(0),
  items: z.array(z.object({ key: z.string().min(1), fields: z.record(z.string().min(1), place) })),
});

/** Path or address of the index of a shard. */
export function indexOfShard(shard: string): string {
  if (!isUrl(shard)) return `${shard}.index.json`;
  const url = new URL(shard);
  url.pathname += ".index.json";
  return url.href;
}

/** @throws ArchiveError `VOXRX_BAD_ARCHIVE` for what is no index, or one that points outside of its shard */
export function parseIndex(bytes: Uint8Array, file: string): ShardIndex {
  const index = schema.safeParse(jsonOf(bytes));
  const places = index.success ? index.data.items.flatMap(({ fields }) => Object.values(fields)) : [];
  if (index.success && places.every(({ offset, length }) => offset + length <= index.data.bytes)) return index.data;
  throw new ArchiveError("VOXRX_BAD_ARCHIVE", "the index of the shard is damaged", {
    file,
    cause: index.error,
    remedy: "Write the shards anew, or read them without indexed.",
  });
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
