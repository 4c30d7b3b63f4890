/** The files and directories that a block names, written before it runs unless earlier blocks of the page did. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import ts from "typescript";
import { encodeNifti, saveImage, Volume } from "voxrx";
import { phantoms } from "voxrx/datasets";
import { decathlonTasks } from "../../datasets/decathlon-tasks.ts";
import { tarOf, zipOf } from "../../test/support/archives.ts";
import { sliceFile } from "../../test/support/dicom-slices.ts";
import { floats, npy } from "../../test/support/npy-file.ts";
import { negation } from "../../test/support/onnx-model.ts";
import { abdomen } from "./abdomen.ts";

/** Writes what a block names, below the working directory. */
export async function writeBlockFiles(code: string): Promise<void> {
  const file = ts.createSourceFile("block.ts", code, ts.ScriptTarget.ESNext, true);
  const works: (() => Promise<void> | void)[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isTemplateExpression(node)) works.push(() => writeEach(node, file));
    if (ts.isStringLiteral(node)) works.push(...worksFor(node));
    if (ts.isCallExpression(node)) works.push(...datasetWorks(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const work of works) await work();
}

/** `${subject}.nii` is a file for each short string of the block. */
async function writeEach({ head, templateSpans }: ts.TemplateExpression, file: ts.SourceFile): Promise<void> {
  const extension = templateSpans[0]?.literal.text ?? "";
  if (head.text !== "" || !/^\.nii(\.gz)?$/.test(extension)) return;
  for (const [, name] of file.text.matchAll(/"([a-z])"/g)) {
    await write(`${name}${extension}`, () => scanBytes(extension));
  }
}

function datasetWorks(call: ts.CallExpression): (() => Promise<void>)[] {
  const name = call.expression.getText();
  const [options] = call.arguments;
  if (!options || !ts.isObjectLiteralExpression(options)) return [];
  const given = new Map(
    options.properties.flatMap((one) =>
      ts.isPropertyAssignment(one) && ts.isStringLiteral(one.initializer)
        ? [[one.name.getText(), one.initializer.text]]
        : [],
    ),
  );
  const root = given.get("root") ?? "";
  if (name === "decathlon") return [() => writeTask(join(root, given.get("task") ?? ""))];
  if (name === "medNist") return [() => writeClasses(join(root, "MedNIST"))];
  return [];
}

/** What a string names, by the function that it is given to, or by its extension. */
function worksFor(node: ts.StringLiteral): (() => Promise<void> | void)[] {
  const { text } = node;
  const call = ts.isCallExpression(node.parent) ? node.parent.expression.getText() : "";
  const directory = directories[call];
  const [path = text] = text.split("?");
  if (directory && !/\.\w+$/.test(path)) return [() => directory(path, text)];
  if (call === "datalist") return [() => writeTask(dirname(path))];
  const extension = /\.(nii|nii\.gz|[a-z0-9]+)$/.exec(path)?.[1];
  const content = extension === undefined || path.includes("://") ? undefined : contents[extension];
  return content ? [() => write(path, async () => content(path))] : [];
}

const directories: Readonly<Record<string, (dir: string, text: string) => Promise<void>>> = {
  openDirectory: (dir) => (dir.includes("Task") ? writeTask(dir) : writePairs(dir)),
  bids: writeStudy,
  dicomFolder: writeSeries,
  readDicomSeries: writeSeries,
  readdirSync: writePatients,
  readVolume: writeSeries,
};

const contents: Readonly<Record<string, (path: string) => Promise<Uint8Array | string> | Uint8Array | string>> = {
  nii: (path) => scanBytes(path),
  "nii.gz": (path) => scanBytes(path),
  nrrd: (path) => saved(path, [1, 4, 4, 4]),
  png: (path) => saved(path, [1, 8, 8]),
  scn: () => floats(1, 2, 3, 4),
  npy: () => npy({ shape: [4, 3], bytes: floats(...Array(12).keys()) }),
  npz: () =>
    zipOf([
      { name: "image.npy", content: npy({ shape: [2, 4, 3], bytes: floats(...Array(24).keys()) }) },
      { name: "train_images.npy", content: npy({ shape: [2, 4, 3], bytes: floats(...Array(24).keys()) }) },
      { name: "train_labels.npy", content: npy({ descr: "|u1", shape: [2, 1], bytes: Uint8Array.of(0, 1) }) },
    ]),
  csv: () => "image,patient,age,stage\na.nii.gz,1,62,I\nb.nii.gz,2,48,II\n",
  onnx: () => negation(5),
  tar: scansTar,
  vox: () => voxBytes(),
  bin: () => "",
};

/** An image in a format that is written by its extension. */
async function saved(path: string, shape: readonly number[]): Promise<Uint8Array> {
  const data = new Uint8Array(shape.reduce((product, size) => product * size, 1)).map((_, n) => n);
  await saveImage(new Volume({ data, shape }), path);
  return readFileSync(path);
}

/** The example of a format of one's own: channels and sizes, then float32 samples. */
function voxBytes(): Uint8Array {
  return Buffer.concat([Buffer.from("VOX1"), Buffer.from(Uint16Array.of(1, 2, 2, 1).buffer), floats(1, 2, 3, 4)]);
}

async function write(path: string, content: () => Promise<Uint8Array | string>): Promise<void> {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await content());
}

let scan: Promise<{ image: Uint8Array; label: Uint8Array }> | undefined;

/** A scan of 192 x 173 x 300 mm, which is large enough for patches of 96 voxels of 1.5 mm. */
async function scanBytes(path: string): Promise<Uint8Array> {
  scan ??= largeScan();
  const { image, label } = await scan;
  const bytes = /label|seg|mask/.test(path) ? label : image;
  return path.endsWith(".gz") ? gzipSync(bytes, { level: 1 }) : bytes;
}

async function largeScan(): Promise<{ image: Uint8Array; label: Uint8Array }> {
  const { image, organs } = abdomen();
  const affine = image.affine.map((value, n) => (n % 4 < 3 ? 2 * value : value));
  const labels = organs.mapSamples((value) => (value === 6 ? 1 : value === 2 ? 2 : 0));
  return {
    image: await encodeNifti(image.withAffine(affine), { gzip: false }),
    label: await encodeNifti(labels.withAffine(affine), { gzip: false }),
  };
}

/** A small scan, for lists of many. */
export async function smallScan(isLabel: boolean, seed = 0): Promise<Uint8Array> {
  const data = Int16Array.from({ length: 16 ** 3 }, (_, n) => (isLabel ? Math.floor(n / 1500) : n + seed));
  return encodeNifti(new Volume({ data, shape: [1, 16, 16, 16] }), { gzip: true });
}

async function writeTask(dir: string): Promise<void> {
  const task = Object.entries(decathlonTasks).find(([name]) => dir.endsWith(name))?.[1];
  const cases = Array.from({ length: 10 }, (_, n) => ({
    image: `./imagesTr/s_${n}.nii.gz`,
    label: `./labelsTr/s_${n}.nii.gz`,
  }));
  await write(join(dir, "dataset.json"), async () =>
    JSON.stringify({
      ...{ name: "Scans", description: "Computed", reference: "VoxRx", licence: "CC0", tensorImageSize: "3D" },
      ...{ modality: Object.fromEntries((task?.modality ?? ["CT"]).map((name, n) => [n, name])) },
      ...{ labels: Object.fromEntries((task?.labels ?? ["background", "organ"]).map((name, n) => [n, name])) },
      ...{ numTraining: 10, numTest: 1, training: cases, test: ["./imagesTs/s_10.nii.gz"] },
    }),
  );
  for (const [n, { image, label }] of cases.entries()) {
    await write(join(dir, image), async () => smallScan(false, n));
    await write(join(dir, label), async () => smallScan(true));
  }
}

async function writePairs(dir: string): Promise<void> {
  if (existsSync(dir)) return;
  if (basename(dir) === "Phantoms") return void (await phantoms({ root: dirname(dir) }).ready());
  for (const name of ["a.nii.gz", "b.nii.gz"]) {
    await write(join(dir, "images", name), async () => scanBytes(name));
    await write(join(dir, "labels", name), async () => scanBytes(`label-${name}`));
  }
}

/** A directory for each patient. */
async function writePatients(dir: string): Promise<void> {
  for (const [n, patient] of ["P01", "P02"].entries()) {
    for (const name of ["t1.nii.gz", "t2.nii.gz", "seg.nii.gz"]) {
      await write(join(dir, patient, name), async () => smallScan(name.startsWith("seg"), n));
    }
  }
}

async function writeStudy(dir: string): Promise<void> {
  for (let n = 1; n <= 10; n++) {
    const subject = `sub-${String(n).padStart(2, "0")}`;
    await write(join(dir, subject, "anat", `${subject}_T1w.nii.gz`), async () => smallScan(false, n));
  }
}

/** Slices of one series: of two echoes for one that is read by its echo time. */
async function writeSeries(dir: string, text: string): Promise<void> {
  const series = /series=([\d.]+)/.exec(text)?.[1] ?? "1.2.840.1";
  for (const [echo, z] of [
    [20, 0],
    [20, 1],
    [20, 2],
    [80, 0],
    [80, 1],
    [80, 2],
  ] as const) {
    if (echo === 80 && !dir.endsWith("t2")) continue;
    const more = [
      [0x00080060, "CS", "CT"],
      [0x0008103e, "LO", "T1 axial"],
      [0x00100020, "LO", "patient-1"],
      [0x00180081, "DS", String(echo)],
      [0x0020000e, "UI", series],
    ] as const;
    await write(join(dir, `${echo}-${z}.dcm`), async () => sliceFile({ z, value: 100 * z + echo, more }));
  }
}

/** Images of classes, four of each. */
async function writeClasses(dir: string): Promise<void> {
  for (const name of ["AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT"]) {
    for (let n = 0; n < 4; n++) {
      const path = join(dir, name, `${n}.jpeg`);
      const raw = { width: 8, height: 8, channels: 1 } as const;
      await write(path, () =>
        sharp(
          new Uint8Array(64).map((_, i) => 3 * i),
          { raw },
        )
          .jpeg()
          .toBuffer(),
      );
    }
  }
}

/** Scans in a tar, as is downloaded or extracted. */
async function scansTar(): Promise<Uint8Array> {
  const content = Buffer.from(await smallScan(false));
  return tarOf([1, 2, 3].map((n) => ({ name: `scans/00${n}.nii.gz`, content })));
}
