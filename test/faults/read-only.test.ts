import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Dataset, readVolume } from "voxrx";
import { imageFolder, tarEntries } from "voxrx/datasets";
import { load } from "voxrx/operators";
import { jobs, outcomeOf } from "../support/fault-jobs.ts";
import { servedBytes, writeSources } from "../support/fault-sources.ts";
import { serveFiles } from "../support/file-server.ts";
import { treeOf } from "../support/folder.ts";
import { hasSmallDisks, smallDisk } from "../support/small-disk.ts";

/** What each job says where nothing can be written; those that have nothing to write are done. */
const ends: Readonly<Record<string, { readonly anew: string; readonly again: string }>> = {
  lmdb: { anew: "VOXRX_STORE_UNUSABLE", again: "VOXRX_STORE_UNUSABLE" },
  tiered: { anew: "VOXRX_STORE_UNUSABLE", again: "VOXRX_STORE_UNUSABLE" },
  cache: { anew: "VOXRX_STORE_UNUSABLE", again: "VOXRX_STORE_UNUSABLE" },
  download: { anew: "VOXRX_FOLDER_UNWRITABLE", again: "done" },
  tar: { anew: "VOXRX_FOLDER_UNWRITABLE", again: "done" },
  "tar.gz": { anew: "VOXRX_FOLDER_UNWRITABLE", again: "done" },
  zip: { anew: "VOXRX_FOLDER_UNWRITABLE", again: "done" },
  shards: { anew: "VOXRX_WRITE_FAILED", again: "VOXRX_WRITE_FAILED" },
  save: { anew: "VOXRX_WRITE_FAILED", again: "VOXRX_WRITE_FAILED" },
};

describe.skipIf(!hasSmallDisks)("a disk that can only be read", () => {
  test("is refused for writing in words that say so, and what is there stays", async () => {
    await using server = await serveFiles({ "/file.bin": { body: servedBytes, etag: '"1"' } });
    using disk = smallDisk("16m");
    const [sources, full, empty] = ["sources", "full", "empty"].map((name) => join(disk.dir, name));
    if (!sources || !full || !empty) throw new Error("no paths");
    for (const dir of [full, empty]) await mkdir(dir);
    await writeSources(sources);
    const place = { dir: full, sources, origin: server.origin };
    for (const job of Object.keys(jobs)) expect(await outcomeOf(job, place)).toMatchObject({ end: "done" });
    const before = await treeOf(disk.dir, true);
    disk.change("ro");
    for (const [job, { anew, again }] of Object.entries(ends)) {
      const outcomes = [await outcomeOf(job, { ...place, dir: empty }), await outcomeOf(job, place)];
      expect(outcomes).toMatchObject([
        { job, end: anew, open: [] },
        { job, end: again, open: [] },
      ]);
      for (const { end, message } of outcomes) if (end !== "done") expect(message).toMatch(/read.only|only be read/);
    }
    expect(await treeOf(disk.dir, true)).toEqual(before);
    expect(await readdir(empty)).toEqual([]);
  });

  test("is read like any other, archives in place too", async () => {
    using disk = smallDisk("16m");
    await writeSources(join(disk.dir, "class", "in"));
    disk.change("ro");
    const dir = join(disk.dir, "class", "in");
    expect((await readVolume(join(dir, "0.nii"))).shape).toEqual([1, 20, 20, 20]);
    for (const archive of ["a.tar", "a.tar.gz"]) {
      expect(await tarEntries(join(dir, archive)).toArray()).toHaveLength(3);
    }
    const listed = await imageFolder(disk.dir).pipe(load("image")).toArray();
    expect(listed).toHaveLength(3);
    expect(
      await Dataset.from([join(dir, "2.nii")])
        .pipe(load())
        .toArray(),
    ).toHaveLength(1);
  });
});
