import { afterEach, describe, expect, test } from "vitest";
import { faultsIn, type JobOutcome, jobs, outcomeOf } from "../support/fault-jobs.ts";
import { servedBytes, writeSources } from "../support/fault-sources.ts";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { killLimitedChildren, outcomesUnder } from "../support/limited-child.ts";
import { runsLongTests } from "../support/long.ts";
import { hasSmallDisks, smallDisk } from "../support/small-disk.ts";

afterEach(killLimitedChildren);

const storeJobs = ["lmdb", "tiered", "cache"];
const fileJobs = Object.keys(jobs).filter((job) => !storeJobs.includes(job));

/** What is wrong with the end of a job on a disk without room; empty if nothing is. */
function faultsOf({ end, message, file, open }: JobOutcome, dir: string): string[] {
  if (end === "done") return open.map((path) => `${path} is open`);
  const saysFull =
    ["VOXRX_DISK_FULL", "VOXRX_STORE_FULL"].includes(end) || /no space is left|larger than/.test(message);
  return [
    ...(saysFull && end.startsWith("VOXRX_") ? [] : [`${end} ${message}`]),
    ...(file.startsWith(dir) ? [] : [`the error names ${file}`]),
    ...(/Free|Raise/.test(message) ? [] : [`no remedy in: ${message}`]),
    ...open.map((path) => `${path} is open`),
  ];
}

describe.skipIf(!hasSmallDisks)("a disk that is full at any moment", () => {
  const kilobytes = runsLongTests ? Array.from({ length: 32 }, (_, n) => 4 * n + 4) : [36];
  const files = runsLongTests ? [2, 3, 4, 5, 6, 7, 8, 9, 10, 11] : [5];
  const disks = [...kilobytes.map((k) => [`${k}k`, 0] as const), ...files.map((count) => ["8m", count] as const)];

  test.each(fileJobs)("%s: an error that says so, nothing partial, and it goes on once there is room", async (job) => {
    await using folder = await temporaryFolder();
    await using server = await serveFiles({ "/file.bin": { body: servedBytes, etag: '"1"' } });
    await writeSources(folder.path);
    // In short tests each job gets one of the disks.
    const some = runsLongTests ? disks : disks.filter((_, n) => n === fileJobs.indexOf(job) % disks.length);
    for (const [size, count] of some) {
      using disk = smallDisk(size, count);
      const place = { dir: disk.dir, sources: folder.path, origin: server.origin };
      const outcome = await outcomeOf(job, place);
      const where = `${size}, ${count} files`;
      expect([...faultsOf(outcome, disk.dir), ...(await faultsIn(place, servedBytes))], where).toEqual([]);
      disk.change("size=8m,nr_inodes=0");
      expect(await outcomeOf(job, place), where).toMatchObject({ end: "done", open: [] });
    }
  });

  test.skipIf(!runsLongTests).each(storeJobs)("%s: the process lives", async (job) => {
    await using folder = await temporaryFolder();
    await writeSources(folder.path);
    for (const size of [64, 256, 300, 400, 800, 1600]) {
      using disk = smallDisk(`${size}k`);
      const list = [{ job, place: { dir: disk.dir, sources: folder.path } }];
      const { outcomes, exit } = await outcomesUnder("true", list);
      expect([outcomes.length, exit], `${size} kB`).toEqual([1, 0]);
      expect(
        outcomes.flatMap((outcome) => faultsOf(outcome, disk.dir)),
        `${size} kB`,
      ).toEqual([]);
    }
  });
});

describe("a limit on the size of files", () => {
  test.each(runsLongTests ? [0, 4, 15, 16, 17, 32, 48, 100, 1200] : [15])("of %i kB: as a full disk", async (kB) => {
    await using folder = await temporaryFolder();
    await using target = await temporaryFolder();
    await using server = await serveFiles({ "/file.bin": { body: servedBytes, etag: '"1"' } });
    await writeSources(folder.path);
    const place = { dir: target.path, sources: folder.path, origin: server.origin };
    const list = Object.keys(jobs).map((job) => ({ job, place }));
    // The unit of a POSIX shell is 512 bytes.
    const { outcomes, exit } = await outcomesUnder(`ulimit -f ${2 * kB}`, list);
    expect([outcomes.length, exit]).toEqual([list.length, 0]);
    expect(outcomes.flatMap((outcome) => faultsOf(outcome, target.path))).toEqual([]);
    expect(await faultsIn(place, servedBytes)).toEqual([]);
  });
});
