/**
 * The index of a tar shard: the position of each file of each item, so that one item can be read without the others.
 */
import * as v from "valibot";
import { ArchiveError } from "../errors.ts";
import { parseJsonBytes } from "../files/read-json.ts";
import { isUrl } from "../http/read-source.ts";
import { parseUrl } from "../http/request.ts";
import { integerSchema, nonEmptySchema, recordSchema } from "../options.ts";

/** Position of one file in a shard, in bytes. */
export interface FilePlace {
  readonly offset: number;
  readonly length: number;
  /** SHA-256 of the content, lower-case hexadecimal. */
  readonly sha256: string;
}

/** One item of a shard: its files by extension, in the order of the tar. */
export interface IndexedSample {
  readonly key: string;
  readonly fields: Readonly<Record<string, FilePlace>>;
}

/** The content of an index. */
export interface ShardIndex {
  readonly version: 1;
  /** Length of the shard in bytes. */
  readonly bytes: number;
  readonly items: readonly IndexedSample[];
}

const place = v.strictObject({
  offset: v.pipe(integerSchema, v.minValue(0)),
  length: v.pipe(integerSchema, v.minValue(0)),
  sha256: v.pipe(v.string(), v.regex(/^[\da-f]{64}$/)),
});
const schema = v.object({
  version: v.literal(1),
  bytes: v.pipe(integerSchema, v.minValue(0)),
  items: v.array(v.object({ key: nonEmptySchema, fields: recordSchema(nonEmptySchema, place) })),
});

/** Path or URL of the index of a shard. */
export function indexOfShard(shard: string): string {
  if (!isUrl(shard)) return `${shard}.index.json`;
  const url = parseUrl(shard);
  url.pathname += ".index.json";
  return url.href;
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return parseJsonBytes(bytes);
  } catch {
    return undefined; // refused by the schema
  }
}

/** @throws ArchiveError `VOXRX_BAD_ARCHIVE` if the bytes are not an index, or it points outside its shard */
export function parseIndex(bytes: Uint8Array, file: string): ShardIndex {
  const index = v.safeParse(schema, jsonIn(bytes));
  const places = index.success ? index.output.items.flatMap(({ fields }) => Object.values(fields)) : [];
  if (index.success && places.every(({ offset, length }) => offset + length <= index.output.bytes)) return index.output;
  throw new ArchiveError("VOXRX_BAD_ARCHIVE", "the index of the shard is damaged", {
    file,
    ...(index.issues && { cause: new v.ValiError(index.issues) }),
    remedy: "Write the shards again, or read them without the indexed option.",
  });
}
