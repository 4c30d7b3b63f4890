import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { dicomFolder } from "voxrx/datasets";
import { batch, load, map } from "voxrx/operators";
import { type ElementInit, sliceFile } from "../support/dicom-slices.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lockIn, lockOf, writeScans } from "../support/locked-training.ts";

const patient: readonly ElementInit[] = [
  [0x00100010, "PN", "FAMILYQZX^GIVENQZX"],
  [0x00100020, "LO", "PIDQZX77"],
  [0x00100030, "DA", "19561107"],
  [0x0008103e, "LO", "T1 SERIESQZX"],
];

test("a lock holds no header, no field of an item and no id, also with real names of patients", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, ["one", "two"], "DESCRIPQZX");
  const dicom = join(data, "dicom");
  await mkdir(dicom);
  for (const z of [0, 1, 2]) await writeFile(join(dicom, `${z}.dcm`), sliceFile({ z, value: z, more: patient }));
  const rows = ["one", "two"].map((name, n) => ({
    image: join(data, `${name}.nii`),
    name: `NAMEQZX${n}`,
    age: 918273,
    diagnosis: { text: "DIAGNOSISQZX", history: ["HISTORYQZX"] },
  }));
  const loaded = Dataset.from(rows, { id: ({ name }) => `IDQZX-${name}` }).pipe(load(["image"]));
  const series = dicomFolder(dicom, { patients: "real" }).pipe(load("image"));
  const splits = { loaded, batches: loaded.pipe(batch({ size: 2, collate: "list" })), series };
  const [header] = await series.toArray();
  const [first] = await loaded.toArray();
  expect(JSON.stringify([header, first])).toMatch(/FAMILYQZX.*NAMEQZX/s);
  expect(first?.image.meta.header?.descrip).toBe("DESCRIPQZX");
  for (const init of [{}, { hashPaths: true }, { digest: false }]) {
    const { text } = await lockOf(splits, lockFile, init);
    expect(text).not.toMatch(/qzx|918273|19561107/i);
    expect(text).not.toContain(folder.path);
  }
});

test("an option with a secret is a digest", async () => {
  const mapped = Dataset.from([1]).pipe(
    map((n: number, { options }) => n + options.word.length, {
      version: 1,
      options: { word: "SECRETQZX" },
    }),
  );
  const { text } = await lockOf({ mapped }, "voxrx.lock.json");
  expect(text).not.toMatch(/qzx/i);
});
