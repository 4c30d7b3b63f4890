/** What docs/errors.md says about archives and shards. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Dataset, extractArchive } from "voxrx";
import { readShards } from "voxrx/datasets";
import * as op from "voxrx/operators";
import { tarOf } from "../../../test/support/archives.ts";
import type { Advice, Code, Place } from "./advice.ts";

/** Extracts an archive with these bytes. */
async function extracting({ dir, file }: Place, bytes: Uint8Array, maxBytes = 1e9): Promise<unknown> {
  return extractArchive({ archive: await file("scans.tar", bytes), dir: join(dir, "scans"), maxBytes });
}

/** Codes of archives that are damaged or not to be trusted. */
export const archives = {
  VOXRX_UNSAFE_ENTRY: {
    when: [
      "An entry of an archive would be written outside of the target directory: a name with `..`, an absolute path, a link that leads out.",
      "In the target directory there already is a link or something else where an entry belongs.",
    ],
    remedies: [
      "Nothing was extracted. An honest dataset has no such entries: ask its publisher, or look with `tar -tvf FILE`.",
      "If it is your own directory that is in the way, remove that entry or extract into an empty one.",
    ],
    provoke: async (place) => extracting(place, await tarOf([{ name: "../../.ssh/authorized_keys", content: "key" }])),
  },
  VOXRX_ARCHIVE_LIMIT: {
    when: [
      "An archive holds more bytes or entries than its limits allow. They protect from archives that fill the disk; large real datasets can reach them.",
      "A sample of a shard, or a file in a `.zip` or `.npz` that is read into memory, is larger than `maxItemBytes` or `maxBytes`.",
    ],
    remedies: [
      "If you know the archive, raise the option that the message names.",
      "If not, look at it first: `tar -tvf FILE | sort -k3 -n | tail`.",
    ],
    code: `import { extractArchive } from "voxrx";
await extractArchive({ archive: "scans.tar", dir: "data", maxBytes: "2TB", maxEntries: 5_000_000 });`,
    provoke: async (place) => extracting(place, await tarOf([{ name: "a.raw", content: Buffer.alloc(2000) }]), 1000),
  },
  VOXRX_BAD_ARCHIVE: {
    when: [
      "An archive or shard is cut off or damaged, is of a kind that is not read (7z, rar), or contradicts itself.",
      "A zip was given where a stream of a tar is read.",
      "A sample of a shard has a file twice, or content that does not match its extension.",
    ],
    remedies: [
      "Download it again, with a checksum if one is published. `tar -tf FILE > /dev/null` or `unzip -t FILE` tests it.",
      "Unpack other kinds with their own tool, and read the directory.",
      "For a sample whose extension means something else, set a decoder: `decode: { EXTENSION: false }` keeps the bytes.",
    ],
    provoke: async (place) =>
      extracting(place, (await tarOf([{ name: "a.raw", content: Buffer.alloc(2000) }])).subarray(0, 1500)),
  },
  VOXRX_INDEX_MISSING: {
    when: [
      "`readShards({ indexed: true })`: a shard has no index file, because it was written by another program, or its writer was killed. All of it was read to find its samples, which is slow for large shards.",
    ],
    remedies: [
      "Write the shards again with `writeShards`, which writes index files too. For shards of others, leave out `indexed`.",
    ],
    provoke: async ({ dir }) => {
      await Dataset.from([{ n: 1 }])
        .pipe(op.writeShards({ dir }))
        .toArray();
      const names = await readdir(dir);
      for (const name of names) if (name.endsWith(".index.json")) await rm(join(dir, name));
      await readShards(join(dir, "shard-000000.tar"), { indexed: true }).ready();
    },
  },
} satisfies Partial<Record<Code, Advice>>;
