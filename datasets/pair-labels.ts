/** Pairs images with labels by their names, where the names leave no doubt. */

/** An image, and its label if there is one. */
export interface NamedPair {
  readonly image: string;
  readonly label?: string;
}

const labelWords = "labels?|segmentations?|segs?|masks?|gt|ground_?truth|annotations?";
const imageWords = "images?|imgs?|scans?|volumes?|data|0000";

/**
 * Pairs paths (with `/`). `DIR/labels/NAME` belongs to `DIR/images/NAME`, for names of directories that differ only in
 * that word (`imagesTr`, `fixed_images`); `NAME_seg` to `NAME` or `NAME_image` in the same directory. A label that
 * belongs to no image is an image of its own.
 */
export function pairLabels(paths: readonly string[]): NamedPair[] {
  const known = new Map(paths.map((path) => [nameKey(path), path]));
  const labelOf = new Map<string, string>();
  for (const label of paths) {
    const image = imageFor(label, known);
    if (image !== undefined && image !== label && !labelOf.has(image)) labelOf.set(image, label);
  }
  // A label that itself seems to have a label (a mask of a mask) is not a pair.
  const labels = new Set([...labelOf.values()].filter((label) => !labelOf.has(label)));
  return paths
    .filter((path) => !labels.has(path))
    .map((image) => {
      const label = labelOf.get(image);
      return label !== undefined && labels.has(label) ? { image, label } : { image };
    });
}

/** Extension, without which the names of an image and its label are compared. */
const extension = /(\.(?:nii|mgh|hdr|img|tar))?\.[^./]*[a-z][^./]*$/i;

function nameKey(path: string): string {
  return path.replace(extension, "");
}

function imageFor(label: string, known: ReadonlyMap<string, string>): string | undefined {
  const key = nameKey(label);
  return besideLabels(key, known) ?? inSameDirectory(key, known);
}

/** `a/labelsTr/x` -> `a/imagesTr/x`, also where the image is `x_0000`. */
function besideLabels(key: string, known: ReadonlyMap<string, string>): string | undefined {
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  for (let n = parts.length - 2; n >= 0; n--) {
    const match = new RegExp(`^(.*?[_-]|)(?:${labelWords})(Tr|Ts|Val|[_-].*|)$`, "i").exec(parts[n] ?? "");
    if (!match) continue;
    const [, before = "", after = ""] = match;
    for (const word of ["images", "image", "imgs", "img", "scans", "volumes", "data"]) {
      for (const cased of [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)]) {
        const dir = [...parts.slice(0, n), `${before}${cased}${after}`, ...parts.slice(n + 1, -1)].join("/");
        const plain = name.replace(new RegExp(`[_-](?:${labelWords})$`, "i"), "");
        const found = [name, plain, `${plain}_image`, `${plain}_0000`].map((one) => known.get(`${dir}/${one}`));
        const image = found.find((path) => path !== undefined);
        if (image !== undefined) return image;
      }
    }
  }
  return undefined;
}

/** `a/x_seg` -> `a/x`, `a/x_image`; `a/label` -> `a/image`. */
function inSameDirectory(key: string, known: ReadonlyMap<string, string>): string | undefined {
  const [, dir = "", name = ""] = /^(.*\/|)([^/]*)$/.exec(key) ?? [];
  if (new RegExp(`^(?:${labelWords})$`, "i").test(name)) {
    return ["image", "img", "scan", "volume"].map((word) => known.get(dir + word)).find((path) => path !== undefined);
  }
  const [, stem] = new RegExp(`^(.+)[_-](?:${labelWords})$`, "i").exec(name) ?? [];
  if (stem === undefined) return undefined;
  const alone = known.get(dir + stem);
  if (alone !== undefined) return alone;
  const worded = [...known].filter(([other]) => {
    const rest = other.startsWith(dir + stem) ? other.slice((dir + stem).length) : "";
    return new RegExp(`^[_-](?:${imageWords})$`, "i").test(rest);
  });
  return worded.length === 1 ? worded[0]?.[1] : undefined;
}
