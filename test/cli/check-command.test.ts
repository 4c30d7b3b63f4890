import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { Volume, writeNifti } from "voxrx";
import { temporaryFolder } from "../support/folder.ts";
import { casesOf, longTest } from "../support/long.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";
import { sharedData, sharedFile } from "../support/shared.ts";

interface Described {
  readonly values?: (n: number) => number;
  readonly shape?: readonly number[];
  readonly spacing?: readonly number[];
  readonly origin?: number;
  readonly mirrored?: boolean;
  readonly type?: "float32" | "uint8";
}

/** Writes an image, different from the others by its name. */
async function write(path: string, described: Described = {}): Promise<void> {
  const { shape = [1, 6, 5, 4], spacing = [1, 1, 1], origin = 0, mirrored = false, type = "float32" } = described;
  const { values = (n: number) => n + path.length + path.charCodeAt(path.length - 5) / 7 } = described;
  const size = shape.reduce((product, n) => product * n, 1);
  const numbers = Array.from({ length: size }, (_, n) => values(n));
  const data = type === "uint8" ? Uint8Array.from(numbers) : Float32Array.from(numbers);
  const [x = 1, y = 1, z = 1] = spacing;
  const affine = [mirrored ? -x : x, 0, 0, origin, 0, y, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];
  await mkdir(dirname(path), { recursive: true });
  await writeNifti(new Volume({ data, shape, layout: "x-fastest", affine }), path);
}

const mask: Described = { values: (n) => (n % 7 === 0 ? 1 : 0), type: "uint8" };

/** A dataset of six sound items, and one more of this kind. */
async function datasetWith(image: Described, label: Described = mask) {
  const folder = await temporaryFolder();
  const at = (...parts: string[]) => join(folder.path, ...parts);
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    await write(at("images", `${name}.nii`));
    await write(at("labels", `${name}.nii`), mask);
  }
  await write(at("images", "x.nii"), image);
  await write(at("labels", "x.nii"), label);
  return { ...folder, at };
}

/** Code of each finding, by item. */
async function findingsOf(path: string, ...options: string[]) {
  const result = await runCommand("check", path, "--json", ...options);
  const records = recordsIn(result) as { id: string; findings: { code: string }[] }[];
  const found = records.flatMap(({ id, findings }) => findings.map(({ code }) => `${id} ${code}`));
  return { found, code: result.code, count: records.length };
}

describe("a fault is found, and makes the exit code 1", () => {
  const cases: [code: string, image: Described, label?: Described][] = [
    ["not-finite", { values: (n) => (n === 3 ? Number.NaN : n) }],
    ["constant", { values: () => 7 }],
    ["label-grid", {}, { ...mask, shape: [1, 6, 5, 3] }],
    ["label-grid", { origin: 0.5 }],
    ["label-grid", { mirrored: false, spacing: [1, 1, 1] }, { ...mask, mirrored: true }],
    ["label-values", {}, { values: (n) => n / 2 }],
    ["unexpected-class", {}, { values: (n) => n % 3, type: "uint8" }],
  ];
  test.each(casesOf(cases, 3))("%s", async (code, image, label) => {
    await using dataset = await datasetWith(image, label);
    const checked = await findingsOf(dataset.path, "--classes", "0,1");
    expect(checked.found.filter((one) => !one.endsWith("label-values") || code === "label-values")).toContain(
      `images/x.nii ${code}`,
    );
    expect(checked.found.every((one) => one.startsWith("images/x.nii"))).toBe(true);
    expect([checked.code, checked.count]).toEqual([1, 7]);
  });

  test("unreadable, also of a label, and the others are checked", async () => {
    await using dataset = await datasetWith({});
    await writeFile(dataset.at("images", "a.nii"), "");
    await writeFile(dataset.at("labels", "b.nii"), "no label");
    const { found, code } = await findingsOf(dataset.path);
    expect([found, code]).toEqual([["images/a.nii unreadable", "images/b.nii label-unreadable"], 1]);
  });

  test("duplicate, whatever name, header and compression the copy has", async () => {
    await using dataset = await datasetWith({});
    const values = (n: number) => n * 3;
    await write(dataset.at("images", "y.nii.gz"), { values, origin: 5 });
    await write(dataset.at("images", "z.nii"), { values });
    const { found, code } = await findingsOf(dataset.path);
    expect([found, code]).toEqual([["images/z.nii duplicate"], 1]);
  });
});

describe("a warning is found, and only --strict makes the exit code 1", () => {
  const cases: [code: string, image: Described, label?: Described][] = [
    ["label-empty", {}, { values: () => 0, type: "uint8" }],
    ["anisotropic", { spacing: [0.5, 0.5, 6] }, { ...mask, spacing: [0.5, 0.5, 6] }],
    ["odd-spacing", { spacing: [4, 4, 4] }, { ...mask, spacing: [4, 4, 4] }],
    ["odd-orientation", { mirrored: true }, { ...mask, mirrored: true }],
    ["odd-channels", { shape: [2, 6, 5, 4] }],
  ];
  test.each(casesOf(cases))("%s", async (code, image, label) => {
    await using dataset = await datasetWith(image, label);
    const checked = await findingsOf(dataset.path);
    expect([checked.found[0], checked.code]).toEqual([`images/x.nii ${code}`, 0]);
    expect((await findingsOf(dataset.path, "--strict")).code).toBe(1);
  });
});

test("a sound dataset has nothing to report, and says what it was taken for", async () => {
  await using dataset = await datasetWith({});
  const { stdout, stderr, code } = await runCommand("check", dataset.path);
  expect(stdout).toMatch(/^7 image files with labels\n7 items in [\d.]+ s: nothing to report\n$/);
  expect([stderr, code]).toEqual(["", 0]);
});

longTest("datalists and tables are checked too, with paths relative to them", async () => {
  await using dataset = await datasetWith({ values: () => 1 });
  const lists = {
    training: [{ image: "images/a.nii", label: "labels/a.nii" }],
    validation: [{ image: "images/x.nii", label: "labels/x.nii" }],
  };
  await writeFile(dataset.at("list.json"), JSON.stringify(lists));
  await writeFile(dataset.at("list.csv"), "image,label\nimages/a.nii,labels/a.nii\nimages/x.nii,1\n");
  for (const name of ["list.json", "list.csv"]) {
    const { found, count } = await findingsOf(dataset.at(name));
    expect([found.map((one) => one.replace(/^.*images/, "images")), count]).toEqual([["images/x.nii constant"], 2]);
  }
  expect(await findingsOf(dataset.at("list.json"), "--section", "training")).toEqual({ found: [], code: 0, count: 1 });
});

test.skipIf(!sharedData)("real datasets of each layout are recognized", async () => {
  const firstLine = async (...parts: string[]) =>
    (await runCommand("check", sharedFile(...parts))).stdout.split("\n")[0];
  expect(await firstLine("decathlon")).toBe("Decathlon task Task04_Hippocampus: 12 labeled scans, 6 without labels");
  expect(await firstLine("mednist")).toMatch(/^6 classes of images: AbdomenCT 40, /);
  expect(await firstLine("dicom", "mr_series")).toBe("1 DICOM series (1 CT)");
});
