/** What is found by comparing the items of a dataset. */
import { type CheckedItem, fault, warning } from "./item-check.ts";
import { shortNumber } from "./write-output.ts";

/** Of fewer items, none is the odd one out. */
const fewest = 4;
/** At least this share of the items must agree for the others to be odd. */
const majority = 0.75;
/** A voxel size is an outlier if it differs from the median by more than this factor. */
const outlier = 3;

/** Adds what is found to the items. */
export function compareItems(items: readonly CheckedItem[]): void {
  findDuplicates(items);
  if (items.length < fewest) return;
  findOdd(
    items,
    "odd-orientation",
    ({ axcodes }) => axcodes,
    (own, usual) => `its axes are ${own}, those of most ${usual}`,
  );
  findOdd(
    items,
    "odd-channels",
    ({ shape }) => String(shape[0]),
    (own, usual) => `it has ${own} channels, most have ${usual}`,
  );
  findOddSpacing(items);
}

function findDuplicates(items: readonly CheckedItem[]): void {
  const first = new Map<string, CheckedItem>();
  for (const checked of items) {
    const { image, item, findings } = checked;
    // Constant images are all alike, and reported already.
    if (!image || image.low >= image.high) continue;
    const other = first.get(image.digest);
    if (other === undefined) first.set(image.digest, checked);
    else if (other.item.image !== item.image)
      findings.push(fault("duplicate", `its samples are those of ${other.item.id}`));
  }
}

function findOdd(
  items: readonly CheckedItem[],
  code: "odd-orientation" | "odd-channels",
  factOf: (image: NonNullable<CheckedItem["image"]>) => string,
  words: (own: string, usual: string) => string,
): void {
  const counts = new Map<string, number>();
  for (const { image } of items) if (image) counts.set(factOf(image), (counts.get(factOf(image)) ?? 0) + 1);
  const [usual = "", count = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  if (count < majority * items.length) return;
  for (const { image, findings } of items) {
    if (image && factOf(image) !== usual) findings.push(warning(code, words(factOf(image), usual)));
  }
}

function findOddSpacing(items: readonly CheckedItem[]): void {
  const medians = [0, 1, 2].map((axis) => {
    const sizes = items.flatMap(({ image }) => image?.spacing[axis] ?? []).sort((a, b) => a - b);
    return sizes[Math.floor(sizes.length / 2)] ?? 0;
  });
  const isOdd = ({ image }: CheckedItem) =>
    image?.spacing.some((mm, axis) => isOutlier(mm, medians[axis] ?? 0)) ?? false;
  const odd = items.filter(isOdd);
  if (odd.length > (1 - majority) * items.length) return;
  for (const { image, findings } of odd) {
    const [own, usual] = [image?.spacing ?? [], medians.slice(0, image?.spacing.length)].map((sizes) =>
      sizes.map((mm) => shortNumber(mm)).join(" x "),
    );
    findings.push(warning("odd-spacing", `its voxels are ${own} mm, the medians are ${usual} mm`));
  }
}

function isOutlier(mm: number, median: number): boolean {
  return mm > 0 && median > 0 && (mm > outlier * median || mm * outlier < median);
}
