/**
 * Scans that look like an abdominal CT from far away, with a label of the spleen: the data of these notebooks, so that
 * they run anywhere, without anybody's data. The writers make the directories in which such scans usually come.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Random, saveImage, Volume } from "voxrx";

/** A scan and its label: 0 background, 1 spleen. */
export interface Phantom {
  readonly image: Volume;
  readonly label: Volume;
}

type Point = readonly [right: number, front: number, top: number];

/** An ellipsoid: center and half axes in mm, and its gray level in Hounsfield units. */
interface Organ {
  readonly name: string;
  readonly center: Point;
  readonly radii: Point;
  readonly hu: number;
}

/** The organs, those in front first. Positions in mm from the middle of the body: right, front and top are positive. */
const anatomy: readonly Organ[] = [
  { name: "right lung", center: [78, -5, 108], radii: [58, 72, 62], hu: -850 },
  { name: "left lung", center: [-78, -5, 108], radii: [58, 72, 62], hu: -850 },
  { name: "gas", center: [-48, 56, 30], radii: [22, 13, 20], hu: -900 },
  { name: "spinal canal", center: [0, -84, 0], radii: [9, 8, 900], hu: 25 },
  { name: "vertebra", center: [0, -62, 0], radii: [21, 17, 900], hu: 260 },
  { name: "arch", center: [0, -84, 0], radii: [17, 16, 900], hu: 420 },
  { name: "aorta", center: [-9, -34, 0], radii: [11, 11, 900], hu: 190 },
  { name: "vena cava", center: [20, -28, 0], radii: [11, 9, 900], hu: 135 },
  { name: "spleen", center: [-98, -38, 24], radii: [25, 40, 46], hu: 115 },
  { name: "stomach", center: [-48, 40, 24], radii: [36, 30, 40], hu: 30 },
  { name: "right kidney", center: [60, -52, -56], radii: [25, 27, 48], hu: 175 },
  { name: "left kidney", center: [-60, -52, -50], radii: [25, 27, 48], hu: 175 },
  { name: "liver", center: [62, 12, 26], radii: [74, 68, 66], hu: 95 },
  { name: "left lobe", center: [8, 42, 34], radii: [60, 34, 34], hu: 95 },
];

/** Voxels and their size in mm: as coarse as can be looked at, thicker along the body, as in most CT. */
const [shape, spacing] = [
  [92, 68, 40],
  [4, 4, 6],
] as const;

/** A scan of one patient: the same `number`, the same scan. It is stored as scanners do (LPS). */
export function phantom(number: number): Phantom {
  const random = new Random("phantom", number);
  const [nx, ny, nz] = shape;
  const tissueAt = patient(random);
  const hu = new Int16Array(nx * ny * nz);
  const spleen = new Uint8Array(hu.length);
  for (let z = 0, i = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        const place: Point = [
          ((nx - 1) / 2 - x) * spacing[0],
          ((ny - 1) / 2 - y) * spacing[1],
          (z - (nz - 1) / 2) * spacing[2],
        ];
        const tissue = tissueAt(place);
        hu[i] = Math.max(-1024, Math.round(random.normal(tissue.hu, 10)));
        spleen[i] = tissue.name === "spleen" ? 1 : 0;
      }
    }
  }
  const affine = [-spacing[0], 0, 0, 180, 0, -spacing[1], 0, 130, 0, 0, spacing[2], -120, 0, 0, 0, 1];
  const grid = { shape: [1, nx, ny, nz], layout: "x-fastest", affine } as const;
  return { image: new Volume({ data: hu, ...grid }), label: new Volume({ data: spleen, ...grid }) };
}

/** Nobody is like the other: sizes, places and gray levels vary. */
function patient(random: Random): (place: Point) => Pick<Organ, "name" | "hu"> {
  const size = random.uniform(0.9, 1.06);
  const girth = random.uniform(0.94, 1.06);
  const organs = anatomy.map((organ): Organ => {
    const moved = organ.center.map((mm) => mm * size + (mm === 0 ? 0 : random.uniform(-6, 6)));
    const [right = 0, front = 0, top = 0] = moved;
    const scale = size * random.uniform(0.9, 1.1);
    const [a, b, c] = organ.radii;
    return { ...organ, center: [right, front, top], radii: [a * scale, b * scale, c * scale], hu: organ.hu };
  });
  return ([right, front, top]) => {
    const depth = Math.hypot(right / (162 * size * girth), front / (112 * size * girth));
    if (depth > 1) return { name: "air", hu: -1024 };
    if (depth > 0.97) return { name: "skin", hu: 20 };
    if (depth > 0.86) return { name: "fat", hu: -100 };
    const isRib = depth > 0.8 && Math.sin((top + 0.45 * front) / 6) > 0.55 && top > -60;
    if (depth > 0.79) return isRib ? { name: "rib", hu: 480 } : { name: "muscle", hu: 55 };
    const organ = organs.find(({ center: [x, y, z], radii: [a, b, c] }) => {
      return Math.hypot((right - x) / a, (front - y) / b, (top - z) / c) < 1;
    });
    if (organ) return organ;
    if (front < -48) return { name: "muscle", hu: 55 };
    const loops = Math.sin(right / 11 + 1.5 * Math.sin(top / 14)) * Math.sin(front / 10) * Math.cos(top / 13);
    return top < 0 && loops > 0.12 ? { name: "bowel", hu: 35 } : { name: "fat", hu: -95 };
  };
}

/** Three digits, so that names sort as numbers do. */
const named = (number: number) => String(number).padStart(3, "0");

/** A scan on disk. */
export interface ScanRecord {
  readonly subject: string;
  readonly image: string;
  readonly label: string;
}

/** A task of the Medical Segmentation Decathlon: `imagesTr`, `labelsTr` and `dataset.json`. */
export async function writeTask(dir: string, count: number): Promise<ScanRecord[]> {
  const names = Array.from({ length: count }, (_, n) => `spleen_${named(n + 1)}.nii.gz`);
  await Promise.all(["imagesTr", "labelsTr"].map((part) => mkdir(join(dir, part), { recursive: true })));
  for (const [n, name] of names.entries()) {
    const { image, label } = phantom(n);
    await saveImage(image, join(dir, "imagesTr", name));
    await saveImage(label, join(dir, "labelsTr", name));
  }
  const facts = {
    name: "Spleen",
    description: "Phantoms",
    modality: { 0: "CT" },
    labels: { 0: "background", 1: "spleen" },
    numTraining: count,
    numTest: 0,
    training: names.map((name) => ({ image: `./imagesTr/${name}`, label: `./labelsTr/${name}` })),
    test: [],
  };
  await writeFile(join(dir, "dataset.json"), JSON.stringify(facts, null, 2));
  return names.map((name) => {
    const subject = name.replace(".nii.gz", "");
    return { subject, image: join(dir, "imagesTr", name), label: join(dir, "labelsTr", name) };
  });
}

/** A study in BIDS: a directory for each subject, and a table of all of them. */
export async function writeStudy(dir: string, count: number): Promise<void> {
  let table = "participant_id\tage\tsex\n";
  for (let n = 0; n < count; n++) {
    const subject = `sub-${named(n + 1)}`;
    await mkdir(join(dir, subject, "anat"), { recursive: true });
    await saveImage(phantom(n).image, join(dir, subject, "anat", `${subject}_T1w.nii.gz`));
    table += `${subject}\t${40 + 3 * n}\t${n % 2 === 0 ? "F" : "M"}\n`;
  }
  await writeFile(join(dir, "participants.tsv"), table);
  await writeFile(join(dir, "dataset_description.json"), '{ "Name": "Phantoms", "BIDSVersion": "1.9.0" }');
}

/** Images and labels side by side: `scan_001.nii.gz` and `scan_001_seg.nii.gz`. */
export async function writePairs(dir: string, count: number): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (let n = 0; n < count; n++) {
    const { image, label } = phantom(n);
    await saveImage(image, join(dir, `scan_${named(n + 1)}.nii.gz`));
    await saveImage(label, join(dir, `scan_${named(n + 1)}_seg.nii.gz`));
  }
}

/** A series of DICOM, a file for each slice, with the names that scanners give them. */
export async function writeSeries(dir: string, number: number): Promise<void> {
  await mkdir(dir, { recursive: true });
  const { image } = phantom(number);
  const [, columns = 0, rows = 0, slices = 0] = image.shape;
  for (let z = 0; z < slices; z++) {
    const pixels = new Int16Array(rows * columns);
    for (let i = 0; i < pixels.length; i++) pixels[i] = image.get(0, i % columns, Math.floor(i / columns), z) ?? 0;
    const place = `-180\\-130\\${z * spacing[2] - 120}`;
    const bytes = dicomFile(`1.2.3.${number}`, { rows, columns, place, slice: z, pixels });
    await writeFile(join(dir, `IM${named(z + 1)}`), bytes);
  }
}

interface Slice {
  readonly rows: number;
  readonly columns: number;
  readonly place: string;
  readonly slice: number;
  readonly pixels: Int16Array;
}

/** The elements that an image needs, in explicit little endian. */
function dicomFile(series: string, { rows, columns, place, slice, pixels }: Slice): Uint8Array {
  const samples = new Uint8Array(pixels.buffer);
  const length = Uint8Array.from([24, 16, 8, 0], (_, n) => (samples.length >> (8 * n)) & 255);
  return concatenated([
    new Uint8Array(128),
    latin("DICM"),
    element(0x0002, 0x0010, "UI", latin("1.2.840.10008.1.2.1")),
    element(0x0008, 0x0018, "UI", latin(`${series}.${slice + 1}`)),
    element(0x0008, 0x0060, "CS", latin("CT")),
    element(0x0008, 0x103e, "LO", latin("Abdomen")),
    element(0x0010, 0x0020, "LO", latin(`P${series}`)),
    element(0x0018, 0x0050, "DS", latin(String(spacing[2]))),
    element(0x0020, 0x000e, "UI", latin(series)),
    element(0x0020, 0x0011, "IS", latin("2")),
    element(0x0020, 0x0013, "IS", latin(String(slice + 1))),
    element(0x0020, 0x0032, "DS", latin(place)),
    element(0x0020, 0x0037, "DS", latin("1\\0\\0\\0\\1\\0")),
    element(0x0028, 0x0002, "US", word(1)),
    element(0x0028, 0x0004, "CS", latin("MONOCHROME2")),
    element(0x0028, 0x0010, "US", word(rows)),
    element(0x0028, 0x0011, "US", word(columns)),
    element(0x0028, 0x0030, "DS", latin(`${spacing[1]}\\${spacing[0]}`)),
    element(0x0028, 0x0100, "US", word(16)),
    element(0x0028, 0x0101, "US", word(16)),
    element(0x0028, 0x0102, "US", word(15)),
    element(0x0028, 0x0103, "US", word(1)),
    concatenated([word(0x7fe0), word(0x0010), latin("OW"), word(0), length, samples]),
  ]);
}

function element(group: number, tag: number, vr: string, value: Uint8Array): Uint8Array {
  return concatenated([word(group), word(tag), latin(vr), word(value.length), value]);
}

const word = (value: number) => Uint8Array.of(value & 255, value >> 8);

/** Values have an even length: UIDs end with a zero byte, others with a space, which readers ignore as well. */
function latin(text: string): Uint8Array {
  return new TextEncoder().encode(text.length % 2 === 0 ? text : `${text} `);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
