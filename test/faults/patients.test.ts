import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lmdbStore, memoryStore, onWarning, readDicomSeries, readVolume, show, tieredStore } from "voxrx";
import { dicomFolder } from "voxrx/datasets";
import { cacheUntilRandom, load, onError, progress, randFlip, save, writeShards } from "voxrx/operators";
import { type ElementInit, sliceFile } from "../support/dicom-slices.ts";
import { temporaryFolder } from "../support/folder.ts";

/** Attributes that identify a patient, staff or place (PS3.15, table E.1-1), each with a value like no other. */
const identifying: readonly (readonly [tag: number, vr: string, value: string])[] = [
  [0x00080050, "SH", "ACCQZX01"],
  [0x00080080, "LO", "INSTQZX Clinic"],
  [0x00080081, "ST", "ROADQZX 5"],
  [0x00080090, "PN", "REFERQZX^Doc"],
  [0x00080092, "ST", "REFADDRQZX"],
  [0x00081010, "SH", "STATIONQZX"],
  [0x00081048, "PN", "RECORDQZX^Phys"],
  [0x00081050, "PN", "PERFORMQZX^Phys"],
  [0x00081070, "PN", "OPERATORQZX"],
  [0x00100010, "PN", "FAMILYQZX^GIVENQZX^M"],
  [0x00100020, "LO", "PIDQZX77"],
  [0x00100021, "LO", "ISSUERQZX"],
  [0x00100030, "DA", "19561107"],
  [0x00100032, "TM", "234517"],
  [0x00101000, "LO", "OTHERQZX"],
  [0x00101001, "PN", "ALIASQZX^Also"],
  [0x00101005, "PN", "BORNQZX"],
  [0x00101040, "LO", "STREETQZX 3"],
  [0x00101060, "PN", "MOTHERQZX"],
  [0x00101090, "LO", "RECORDNOQZX"],
  [0x00102154, "SH", "PHONEQZX"],
  [0x00102160, "SH", "ETHNICQZX"],
  [0x001021b0, "LT", "HISTORYQZX"],
  [0x00104000, "LT", "COMMENTQZX"],
  [0x00200010, "SH", "STUDYIDQZX"],
  [0x00204000, "LT", "IMAGECOMMQZX"],
  [0x00321032, "PN", "REQUESTQZX"],
  [0x00400006, "PN", "SCHEDQZX"],
  [0x00400254, "LO", "STEPQZX"],
];
/** What gives a patient away: parts of the values above. */
const secrets = identifying.flatMap(([, , value]) => value.match(/\w*QZX\d*|^\d{6,}$/g) ?? []);

const patient: readonly ElementInit[] = [
  ...identifying,
  // Texts that people fill with names, IDs and dates.
  [0x0008103e, "LO", "T1 familyqzx, GIVENQZX"],
  [0x00081030, "LO", "head PIDQZX77 (19561107)"],
  [0x00181030, "LO", "FAMILYQZX GIVENQZX brain"],
  [0x0020000d, "UI", "1.2.9"],
];

function given(bytes: Uint8Array): string[] {
  const latin = Buffer.from(bytes).toString("latin1").toLowerCase();
  return secrets.filter((secret) => {
    const plain = Buffer.from(secret.toLowerCase());
    const forms = [plain.toString("latin1"), Buffer.from(secret.toLowerCase(), "utf16le").toString("latin1")];
    const packed = [0, 1, 2].map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]).toString("base64");
      // Without the characters that depend on what comes before and after.
      return text.slice(Math.ceil((shift * 4) / 3), -4).toLowerCase();
    });
    return [...forms, ...packed.filter((text) => text.length > 5)].some((form) => latin.includes(form));
  });
}

async function filesOf(dir: string): Promise<[name: string, bytes: Buffer][]> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file): Promise<[string, Buffer]> => [file, await readFile(file)]));
}

test("a run over a DICOM directory leaves no name, ID or birth date of a patient anywhere", async () => {
  await using folder = await temporaryFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  await mkdir(at("dicom"));
  await mkdir(at("bad"));
  for (const z of [0, 1, 2]) await writeFile(at("dicom", `${z}.dcm`), sliceFile({ z, value: z, more: patient }));
  expect(given(await readFile(at("dicom", "0.dcm")))).toEqual(secrets);

  const seen: unknown[] = [];
  const stop = onWarning((warning) => seen.push(warning));
  await using lmdb = lmdbStore(at("out", "lmdb"));
  await using tiered = tieredStore(memoryStore(), lmdbStore(at("out", "tiered")));
  for (const store of [lmdb, tiered]) {
    const name = store === lmdb ? "a" : "b";
    const run = dicomFolder(at("dicom")).pipe(
      load("image"),
      cacheUntilRandom({ store }),
      randFlip({ keys: "image", prob: 0.5, spatialAxis: 0 }),
      writeShards({ dir: at("out", `shards-${name}`) }),
      save({ keys: "image", dir: at("out", `saved-${name}`) }),
      progress({ onProgress: (state) => seen.push(state) }),
    );
    seen.push(run.explain());
    for await (const item of run) {
      seen.push(item, item.image.meta);
      await show(item).save(at("out", `${name}.png`));
    }
  }

  const bytes = sliceFile({ z: 5, value: 5, more: patient });
  const bad: Record<string, Buffer> = {
    truncated: bytes.subarray(0, bytes.length - 6),
    cut: bytes.subarray(0, 400),
    "in the name": bytes.subarray(0, bytes.indexOf("FAMILYQZX") + 4),
    rows: sliceFile({ z: 0, value: 1, more: [...patient, [0x00280010, "US", [0]]] }),
    slope: sliceFile({ z: 0, value: 1, more: [...patient, [0x00281053, "DS", "1,5"]] }),
    spacing: sliceFile({ z: 0, value: 1, more: [...patient, [0x00280030, "DS", "one\\1"]] }),
    colors: sliceFile({ z: 0, value: 1, more: [...patient, [0x00280004, "CS", "ODD"]] }),
    frames: sliceFile({ z: 0, value: 1, more: [...patient, [0x00280008, "IS", "3.5"]] }),
    orientation: sliceFile({ z: 0, value: 1, more: [...patient, [0x00200037, "DS", "1"]] }),
  };
  for (const [name, content] of Object.entries(bad)) {
    await mkdir(at("bad", name));
    await writeFile(at("bad", name, "x.dcm"), content);
    for (const read of [
      () => readVolume(at("bad", name, "x.dcm")),
      () => readDicomSeries(at("bad", name)),
      () => dicomFolder(at("bad", name)).pipe(load("image")).toArray(),
    ]) {
      const fault: unknown = await read().then(
        () => undefined,
        (error) => error,
      );
      expect(fault, name).toBeInstanceOf(Error);
      seen.push(fault, String(Reflect.get(Object(fault), "stack")));
    }
    await dicomFolder(at("bad", name))
      .pipe(load("image"), onError({ skip: true, maxItems: 10, onSkip: (skipped) => seen.push(skipped) }))
      .toArray()
      .catch((error) => seen.push(error));
  }
  await writeFile(
    at("dicom", "more.dcm"),
    sliceFile({ z: 9, value: 1, more: [...patient, [0x0020000e, "UI", "1.2.4"]] }),
  );
  seen.push(await readVolume(at("dicom")).catch((error) => error));
  stop();

  const shown = seen.map((one) => `${String(one)} ${textOf(one)}`).join("\n");
  expect(shown).toContain("T1 ***, ***");
  expect(given(Buffer.from(shown))).toEqual([]);
  for (const [file, content] of await filesOf(at("out"))) {
    expect([file, given(Buffer.concat([Buffer.from(`${file}\n`), content]))]).toEqual([file, []]);
  }
});

/** All that an object holds, also what JSON leaves out. */
function textOf(value: unknown, depth = 0): string {
  if (typeof value !== "object" || value === null || depth > 8 || ArrayBuffer.isView(value)) return String(value);
  return Reflect.ownKeys(value)
    .map((key) => `${String(key)}: ${textOf(Reflect.get(value, key), depth + 1)}`)
    .join("\n");
}

test("a patient has one pseudonym, in every run and directory, and another with a salt; `real` gives what is there", async () => {
  await using folder = await temporaryFolder();
  const of = async (dir: string, id: string, options?: Parameters<typeof dicomFolder>[1]) => {
    await mkdir(join(folder.path, dir), { recursive: true });
    const more: ElementInit[] = [
      [0x00100010, "PN", "Li^An"],
      [0x00100020, "LO", id],
      [0x00100030, "DA", "19561107"],
      [0x0008103e, "LO", "T1 Li 19561107 Lithium"],
    ];
    await writeFile(join(folder.path, dir, "x.dcm"), sliceFile({ z: 0, value: 1, more }));
    return (await dicomFolder(join(folder.path, dir), options).toArray())[0];
  };
  const first = await of("a", "1234567");
  expect(first).toMatchObject({ patient: expect.stringMatching(/^[0-9a-f]{16}$/), description: "T1 *** *** Lithium" });
  expect((await of("b", "1234567 "))?.patient).toBe(first?.patient);
  expect((await of("c", "1234568"))?.patient).not.toBe(first?.patient);
  const salted = await of("a", "1234567", { salt: "secret" });
  expect(salted?.patient).not.toBe(first?.patient);
  expect((await of("b", "1234567", { salt: "secret" }))?.patient).toBe(salted?.patient);
  expect(await of("a", "1234567", { patients: "real" })).toMatchObject({
    patient: "1234567",
    patientName: "Li^An",
    patientBirthDate: "19561107",
    description: "T1 Li 19561107 Lithium",
  });
});

test("pairs that identify a patient are not in the header of a MetaImage or NRRD", async () => {
  await using folder = await temporaryFolder();
  const mha = join(folder.path, "x.mha");
  const lines = ["NDims = 2", "DimSize = 1 1", "ElementType = MET_UCHAR", "0008|0060 = MR", "0010|0010 = Doe^Jane"];
  const more = ["0010|0020 = 4711", "0008|103e = T1 of Jane", "PatientBirthDate = 19561107", "ElementDataFile = LOCAL"];
  await writeFile(mha, `${[...lines, ...more].join("\n")}\nA`);
  const { header } = (await readVolume(mha)).meta;
  expect(header).toMatchObject({ "0008|0060": "MR", "0008|103e": "T1 of ***" });
  expect(JSON.stringify(header)).not.toMatch(/doe|jane|4711|1956/i);
  const nrrd = join(folder.path, "x.nrrd");
  const pairs = ["DICOM_0010_0010:=Doe^Jane", "DICOM_0010_0020:=4711", "patient id:=4711", "note:=scan 4711", "age:=5"];
  await writeFile(
    nrrd,
    `${["NRRD0004", "type: uchar", "dimension: 2", "sizes: 1 1", "encoding: raw", ...pairs].join("\n")}\n\nA`,
  );
  expect((await readVolume(nrrd)).meta.header?.pairs).toEqual({ note: "scan ***", age: "5" });
});
