/** What is checked of one item, apart from the others. */
import type { DirectoryItem } from "../datasets/recognize-directory.ts";
import { isVoxRxError } from "../src/errors.ts";
import { gridDistance } from "../src/volume/grid.ts";
import type { Volume } from "../src/volume/volume.ts";
import { failureJson } from "./failures.ts";
import { type ImageFacts, imageFacts, labelFacts, readImage } from "./image-facts.ts";
import { counted, shortNumber } from "./write-output.ts";

/** One thing that was found about an item. */
export interface ItemFinding {
  /** A fault makes training fail or go wrong; a warning may be intended. */
  readonly level: "fault" | "warning";
  readonly code: FindingCode;
  readonly message: string;
}

/** Stable names of what is found. */
export type FindingCode =
  | "unreadable"
  | "not-finite"
  | "constant"
  | "bad-spacing"
  | "anisotropic"
  | "odd-spacing"
  | "odd-orientation"
  | "odd-channels"
  | "label-unreadable"
  | "label-grid"
  | "label-values"
  | "label-empty"
  | "unexpected-class"
  | "duplicate";

/** An item with what is known of it. */
export interface CheckedItem {
  readonly item: DirectoryItem;
  readonly image: ImageFacts | undefined;
  readonly findings: ItemFinding[];
}

/** What is expected of items. */
export interface Expected {
  /** Label values that may occur; undefined: any. */
  readonly classes: ReadonlySet<number> | undefined;
  /** Largest ratio of the voxel sizes of one image. */
  readonly maxAnisotropy: number;
}

/** Grids are the same if no voxel's position differs by more than this, in voxels, as where files are joined as channels. */
const sameGrid = 1e-2;

/** Reads an item, and finds what is wrong with it alone. Nothing of its samples is kept. */
export async function checkItem(item: DirectoryItem, expected: Expected): Promise<CheckedItem> {
  const findings: ItemFinding[] = [];
  const volume = await readOr(item.image, (message) => findings.push(fault("unreadable", message)));
  const image = volume && imageFacts(volume);
  if (image) findings.push(...imageFindings(image, expected));
  if (item.label !== undefined) {
    const label = await readOr(item.label, (message) => findings.push(fault("label-unreadable", `label: ${message}`)));
    if (label) findings.push(...labelFindings(label, volume, expected));
  }
  return { item, image, findings };
}

export function fault(code: FindingCode, message: string): ItemFinding {
  return { level: "fault", code, message };
}

export function warning(code: FindingCode, message: string): ItemFinding {
  return { level: "warning", code, message };
}

async function readOr(
  path: string | readonly string[],
  onFault: (message: string) => void,
): Promise<Volume | undefined> {
  try {
    return await readImage(path);
  } catch (error) {
    onFault(failureJson(error).message);
    return undefined;
  }
}

function imageFindings(
  { low, high, nonFinite, spacing, shape }: ImageFacts,
  { maxAnisotropy }: Expected,
): ItemFinding[] {
  const found: ItemFinding[] = [];
  const size = shape.reduce((product, n) => product * n, 1);
  if (nonFinite > 0) found.push(fault("not-finite", `${percent(nonFinite, size)} of its samples are NaN or infinite`));
  if (low >= high)
    found.push(fault("constant", low === high ? `all samples are ${shortNumber(low)}` : "it has no finite sample"));
  const [least, most] = [Math.min(...spacing), Math.max(...spacing)];
  const sizes = spacing.map((mm) => shortNumber(mm)).join(" x ");
  if (!(least > 0 && Number.isFinite(most))) found.push(fault("bad-spacing", `its voxels are ${sizes} mm`));
  else if (most / least > maxAnisotropy) {
    found.push(
      warning("anisotropic", `its voxels are ${sizes} mm: ${shortNumber(most / least, 2)} times as long as wide`),
    );
  }
  return found;
}

function labelFindings(label: Volume, image: Volume | undefined, { classes }: Expected): ItemFinding[] {
  const found: ItemFinding[] = [];
  const misfit = image && gridFault(image, label);
  if (misfit !== undefined) found.push(fault("label-grid", misfit));
  const { counts, fractions } = labelFacts(label);
  if (fractions > 0) {
    found.push(fault("label-values", `${percent(fractions, label.size)} of its label's values are not integers`));
  }
  const foreground = [...counts.keys()].filter((value) => value !== 0);
  if (foreground.length === 0 && fractions === 0) found.push(warning("label-empty", "its label has no foreground"));
  const strange = classes ? [...counts.keys()].filter((value) => !classes.has(value)) : [];
  if (strange.length > 0) {
    const shown = strange.slice(0, 8).join(", ") + (strange.length > 8 ? ", …" : "");
    found.push(
      fault("unexpected-class", `its label has ${counted(strange.length, "value")} that no class has: ${shown}`),
    );
  }
  return found;
}

function gridFault(image: Volume, label: Volume): string | undefined {
  const [wanted, got] = [image, label].map(({ spatialShape }) => spatialShape.join(" x "));
  if (wanted !== got) return `its label has ${got} voxels, the image ${wanted}`;
  const distance = distanceOf(image, label);
  if (distance === undefined) return "the affine of the image can't be inverted, so where its label lies is unknown";
  if (distance <= sameGrid) return undefined;
  return `its label lies elsewhere: up to ${shortNumber(distance, 2)} voxels away (${label.axcodes}; the image ${image.axcodes})`;
}

function distanceOf(image: Volume, label: Volume): number | undefined {
  try {
    const [first, other] = [image, label].map(({ spatialShape, affine }) => ({ shape: spatialShape, affine }));
    return first && other && gridDistance(first, other);
  } catch (error) {
    if (isVoxRxError(error)) return undefined;
    throw error;
  }
}

/** A share in words, which is not 0 % if it is not none. */
function percent(part: number, all: number): string {
  const share = (100 * part) / all;
  return share > 0 && share < 0.01 ? "less than 0.01 %" : `${shortNumber(share, 2)} %`;
}
