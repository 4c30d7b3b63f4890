import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { decathlonTasks } from "voxrx/datasets";
import { tarOf } from "../support/archives.ts";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";

const entries = [
  {
    name: "Task04_Hippocampus/dataset.json",
    content: JSON.stringify({ training: [{ image: "./imagesTr/a.nii.gz", label: "./labelsTr/a.nii.gz" }], test: [] }),
  },
  { name: "Task04_Hippocampus/imagesTr/a.nii.gz", content: randomBytes(1_500_000) },
  { name: "Task04_Hippocampus/labelsTr/a.nii.gz", content: "label" },
];

test("every task of the Decathlon is listed, with its size and modality", async () => {
  const records = recordsIn(await runCommand("datasets", "--json"));
  for (const task of Object.keys(decathlonTasks)) {
    expect(records).toContainEqual(expect.objectContaining({ name: task, archiveBytes: expect.any(Number) }));
  }
  expect((await runCommand("datasets")).stdout).toMatch(/^Task09_Spleen +1\.5 GB +CT +41 labeled scans/m);
});

test("a dataset is downloaded and extracted, continued after a broken transfer, and not fetched again", async () => {
  await using folder = await temporaryFolder();
  const body = await tarOf(entries);
  const md5 = createHash("md5").update(body).digest("hex");
  await using server = await serveFiles({ "/a.tar": { body, etag: '"1"', faults: [{ cutAfter: 1_000_000 }] } });
  const args = ["download", "hippocampus", "--root", folder.path, "--mirror", `${server.origin}/a.tar`, "--md5", md5];
  const { code, stdout } = await runCommand(...args);
  expect([code, stdout]).toEqual([0, expect.stringContaining("Task04_Hippocampus: 1 item in ")]);
  expect(server.requests.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=/)]);
  const again = await runCommand(...args, "--json");
  expect(recordsIn(again)).toEqual([
    { name: "Task04_Hippocampus", root: folder.path, items: 1, license: "CC BY-SA 4.0" },
  ]);
  expect(server.requests).toHaveLength(2);
});

test("phantoms need no server", async () => {
  await using folder = await temporaryFolder();
  const args = ["download", "phantoms", "--root", folder.path];
  expect((await runCommand(...args)).stdout).toBe(
    `Phantoms: 24 items in ${folder.path}. License: none.\nIn a pipeline: phantoms({ root: ${JSON.stringify(folder.path)} })\n`,
  );
  const refused = await runCommand(...args, "--mirror", "http://127.0.0.1/a.tar");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("nothing for --mirror")]);
});

test("what the server refuses is one message and exit code 1", async () => {
  await using folder = await temporaryFolder();
  await using server = await serveFiles({});
  const args = ["download", "MedNIST", "--root", folder.path, "--mirror", `${server.origin}/a.tar`];
  const { code, stderr } = await runCommand(...args);
  expect([code, stderr.trim().split("\n")]).toEqual([1, [expect.stringContaining("404")]]);
});
