import * as v from "valibot";
import { FormatError, OptionError } from "../errors.ts";
import { loadedOnUse } from "../files/load-module.ts";
import { refuseOnWorkerThread } from "../main-thread-only.ts";
import { checkOptions, numberSchema } from "../options.ts";
import { arrange, type Block } from "./arrange-tiles.ts";
import { type Canvas, checkPixels } from "./canvas.ts";
import { Figure } from "./figure.ts";
import { findSubjects } from "./find-subjects.ts";
import { axisAcross } from "./plane-view.ts";
import { checkExclusive, listOf, type ShowOptions, type SliceOptions, sliceEntries } from "./show-options.ts";
import { blocksOf, SeenLabels } from "./subject-tiles.ts";

/** Options of {@link animate}. */
export interface AnimateOptions extends Omit<SliceOptions, "plane" | "channels"> {
  /** Plane of the slices. Default `"axial"`. */
  readonly plane?: Exclude<ShowOptions["plane"], readonly unknown[]>;
  /** Channel to show, from 0. Default 0, or the colors of an RGB image. */
  readonly channels?: number;
  /** Default `"webp"`, which is smaller and has all colors; GIF is shown everywhere. */
  readonly format?: "webp" | "gif";
  /** Frames in a second, at most 50. Default 12. */
  readonly fps?: number;
}

const schema = v.strictObject({
  ...sliceEntries,
  format: v.optional(v.picklist(["webp", "gif"]), "webp"),
  fps: v.optional(v.pipe(numberSchema, v.gtValue(0), v.maxValue(50)), 12),
});

const loadSharp = loadedOnUse(() => import("sharp").then((module) => module.default));

/**
 * Makes an animation through the slices of a volume or item, from the first to the last one (or `slices` of them, or
 * those of `at`), which begins again at its end. Other options are those of {@link show}. Needs the library `sharp`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for an image of one slice; FormatError `VOXRX_MISSING_LIBRARY`
 * @example
 * ```ts
 * import { animate, readVolume } from "voxrx";
 * const scan = await readVolume("ct.nii.gz");
 * await (await animate(scan, { plane: "coronal", format: "gif", fps: 20 })).save("ct.gif");
 * ```
 */
export async function animate(input: object, options: AnimateOptions = {}): Promise<Figure> {
  const { format, fps, ...checked } = checkOptions("animate", schema, options);
  checkExclusive("animate", checked);
  const [subject, ...others] = findSubjects(input, checked, "animate");
  if (!subject || others.length > 0) {
    throw new OptionError("VOXRX_BAD_OPTION", `expected one image or item, got ${others.length + 1}`, {
      operator: "animate",
      remedy: "Animate the items of a batch one by one, as with volumeAt(tensor, n).",
    });
  }
  const { plane, axis, at, slices } = checked;
  const [planeShown = "axial", ...otherPlanes] = plane === undefined ? [] : listOf(plane);
  const volume = (subject.images[0] ?? subject.labels[0])?.volume;
  const length = volume?.shape.length === 4 ? volume.spatialShape[axis ?? axisAcross(volume, planeShown)] : undefined;
  if (otherPlanes.length > 0 || length === undefined || length < 2) {
    throw new OptionError("VOXRX_BAD_OPTION", "expected one plane with several slices", {
      operator: "animate",
      remedy: "Choose one plane or axis of a 3D image, along which it has more than one slice.",
    });
  }
  const all = at === undefined && slices === undefined ? { slices: length } : {};
  const chosen = { ...checked, ...all, ...(axis === undefined ? { plane: planeShown } : {}) };
  const seen = new SeenLabels();
  const blocks = blocksOf(subject, chosen, seen, "animate");
  return encoded(framesOf(blocks, chosen, seen), format, fps);
}

/** One canvas for each slice, all of one size: the legend has the labels of all slices. */
function framesOf(
  blocks: readonly Block[],
  { names, title }: Pick<SliceOptions, "names" | "title">,
  seen: SeenLabels,
): Canvas[] {
  const count = Math.max(...blocks.map(({ tiles }) => tiles.length));
  const drawn = blocks.map(({ title: own, tiles }) => ({
    title: own,
    tiles: tiles.map((tile) => {
      checkPixels(tile.width, tile.height, count * blocks.length, "animate");
      const pixels = tile.draw();
      return { ...tile, draw: () => pixels };
    }),
  }));
  return Array.from({ length: count }, (_, n) =>
    arrange(
      drawn.map(({ title: own, tiles }) => ({ title: own, tiles: tiles.slice(n, n + 1) })),
      {
        operator: "animate",
        headline: title === false ? undefined : title,
        columns: undefined,
        legend: () => (title === false ? [] : seen.entries(names)),
      },
    ),
  );
}

async function encoded(frames: readonly Canvas[], format: "webp" | "gif", fps: number): Promise<Figure> {
  const [{ width, height } = { width: 1, height: 1 }] = frames;
  checkPixels(width, height, frames.length, "animate");
  const sharp = await sharpFor(format);
  const raw = { width, height: height * frames.length, channels: 3, pageHeight: height } as const;
  const image = sharp(Buffer.concat(frames.map(({ rgb }) => rgb)), { raw });
  // GIF counts in hundredths of a second.
  const delay = frames.map(() => Math.max(20, Math.round(100 / fps) * 10));
  const bytes = await (format === "gif" ? image.gif({ delay, loop: 0 }) : image.webp({ delay, loop: 0 })).toBuffer();
  return new Figure(new Uint8Array(bytes), format === "gif" ? "image/gif" : "image/webp", width, height);
}

async function sharpFor(format: string) {
  refuseOnWorkerThread("sharp");
  try {
    return await loadSharp();
  } catch (cause) {
    throw new FormatError("VOXRX_MISSING_LIBRARY", `animations in ${format} need the library sharp`, {
      operator: "animate",
      cause,
      remedy: "Install it: npm install sharp",
    });
  }
}
