import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { datalist, phantoms } from "voxrx/datasets";
import { load } from "voxrx/operators";
import { temporaryFolder } from "../support/folder.ts";

test("phantoms are written once, and are the same everywhere", async () => {
  await using one = await temporaryFolder();
  await using other = await temporaryFolder();
  const [first] = await phantoms({ root: one.path, count: 2 }).toArray();
  await phantoms({ root: other.path, count: 1 }).ready();
  const again = join(other.path, "Phantoms", "imagesTr", "phantom_000.nii.gz");
  expect(await readFile(first?.image ?? "")).toEqual(await readFile(again));
  await writeFile(again, "mine");
  await phantoms({ root: other.path, count: 1 }).ready();
  expect(await readFile(again, "utf8")).toBe("mine");
  await rm(again);
  await phantoms({ root: other.path, count: 1 }).ready();
  expect((await stat(again)).size).toBeGreaterThan(50_000);
});

test("a phantom is a head in LPS with two labels, and its list is one of the Decathlon's", async () => {
  await using folder = await temporaryFolder();
  const scans = phantoms({ root: folder.path, count: 3 }).pipe(load(["image", "label"]));
  const scan = await scans.replay("phantom_001", { epoch: 0 });
  expect(scan.image).toMatchObject({ dtype: "int16", channels: 1, axcodes: "LPS", spacing: [1, 1, 1] });
  expect([...new Set(scan.label.samples)].sort()).toEqual([0, 1, 2]);
  expect(scan.label.shape).toEqual(scan.image.shape);
  // Fewer than there are: the list keeps all.
  await phantoms({ root: folder.path, count: 1 }).ready();
  const listed = datalist(join(folder.path, "Phantoms", "dataset.json"));
  expect(await listed.ready()).toHaveLength(3);
  expect((await listed.pipe(load(["image"])).at(1)).image.samples).toEqual(scan.image.samples);
});

test("a directory that can't be written is an error that names it", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "Phantoms"), "in the way");
  await expect(phantoms({ root: folder.path }).ready()).rejects.toMatchObject({
    code: "VOXRX_WRITE_FAILED",
    file: expect.stringContaining("Phantoms"),
  });
});
