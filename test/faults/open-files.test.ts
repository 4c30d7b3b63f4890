import { afterEach, expect, test } from "vitest";
import { jobs } from "../support/fault-jobs.ts";
import { servedBytes, writeSources } from "../support/fault-sources.ts";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { killLimitedChildren, outcomesUnder } from "../support/limited-child.ts";
import { runsLongTests } from "../support/long.ts";

afterEach(killLimitedChildren);

// With fewer Node can't load its own modules.
const limits = runsLongTests ? [56, 64, 80, 128] : [64];

test.each(limits)("with at most %i open files everything works: who gets none waits", async (most) => {
  await using folder = await temporaryFolder();
  await using target = await temporaryFolder();
  await using server = await serveFiles({ "/file.bin": { body: servedBytes, etag: '"1"' } });
  await writeSources(folder.path);
  const place = { dir: target.path, sources: folder.path, origin: server.origin };
  const list = ["crowd", ...Object.keys(jobs)].map((job) => ({ job, place }));
  const { outcomes, exit } = await outcomesUnder(`ulimit -n ${most}`, list);
  expect(outcomes.filter(({ end, open }) => end !== "done" || open.length > 0)).toEqual([]);
  expect([outcomes.length, exit]).toEqual([list.length, 0]);
});
