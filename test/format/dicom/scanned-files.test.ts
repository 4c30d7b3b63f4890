import { utimesSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type FileIdentity, readDicomSeries } from "voxrx";
import { localFileIdentity } from "../../../src/files/file-identity.ts";
import type { DicomFile } from "../../../src/format/dicom/dicom-file.ts";
import { readDicomFile } from "../../../src/format/dicom/dicom-file.ts";
import { ScannedFiles } from "../../../src/format/dicom/scanned-files.ts";
import { sliceFile } from "../../support/dicom-slices.ts";
import { temporaryFolder } from "../../support/folder.ts";

test("a slice that changes between the scan and the note of its identity is read as it is then", async () => {
  await using folder = await temporaryFolder();
  for (const z of [0, 1, 2]) await writeFile(join(folder.path, `slice${z}`), sliceFile({ z, value: z }));
  const onFile = ({ path }: FileIdentity) => {
    // Directories are noted after the scan, and before the slices.
    if (path === folder.path) writeFileSync(join(folder.path, "slice1"), sliceFile({ z: 1, value: 7 }));
  };
  const volume = await readDicomSeries(folder.path, { onFile });
  expect([0, 1, 2].map((z) => volume.get(0, 0, 0, z))).toEqual([0, 7, 2]);
});

describe("files of a scan", () => {
  async function scanned(path: string): Promise<DicomFile> {
    const file = await readDicomFile(path, undefined, { atOnce: (size) => size });
    if (!file?.identity) throw new Error("the file has no identity");
    // As if it had been there for some time.
    const { isYoung: _, ...identity } = file.identity;
    return { ...file, identity };
  }

  test("are given once, and only if they are unchanged where their identity counts", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "slice");
    await writeFile(path, sliceFile({ z: 0, value: 1 }));
    const file = await scanned(path);
    const files = new ScannedFiles(undefined);
    files.keep(file, "1");
    expect(await files.take(path, true)).toBe(file);
    expect(await files.take(path, true)).toBeUndefined();
    files.keep(file, "1");
    const { modified } = await localFileIdentity(path);
    utimesSync(path, 1, Number(BigInt(modified) / 1_000_000_000n) - 5);
    expect(await files.take(path, true)).toBeUndefined();
    files.keep(file, "1");
    expect(await files.take(path, false)).toBe(file);
  });

  test("of other series are not kept, and only small files are read whole", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "slice");
    await writeFile(path, sliceFile({ z: 0, value: 1 }));
    const file = await scanned(path);
    const files = new ScannedFiles("1");
    files.keep(file, "2");
    expect(await files.take(path, false)).toBeUndefined();
    expect(files.atOnce(2 ** 20)).toBe(2 ** 20);
    expect(files.atOnce(2 ** 20 + 1)).toBeUndefined();
  });
});
