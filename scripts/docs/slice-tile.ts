/** One slice of an image, as it is stored: the first axis to the right, the second one up. */
import { createRequire } from "node:module";
import { show, Volume } from "voxrx";
import type { Color, Pixels } from "../../src/show/canvas.ts";
import { Canvas } from "../../src/show/canvas.ts";

const fastPng: typeof import("fast-png") = createRequire(import.meta.url)("fast-png");

/** The margin around a figure of one tile. */
const margin = 8;

/** What a tile shows. */
export interface SliceView {
  readonly image: Volume | undefined;
  readonly channel: number;
  readonly label: Volume | undefined;
  /** Axis to look along. */
  readonly axis: 0 | 1 | 2;
  readonly index: number;
  readonly range: readonly [number, number];
  readonly isSmooth: boolean;
}

/** The two axes that a slice has. */
export function axesAcross(axis: 0 | 1 | 2): readonly [number, number] {
  return axis === 0 ? [1, 2] : axis === 1 ? [0, 2] : [0, 1];
}

/** Size of a slice in mm. */
export function extentOf(volume: Volume, axis: 0 | 1 | 2): readonly [width: number, height: number] {
  const [right, up] = axesAcross(axis);
  const along = (one: number) => (volume.spatialShape[one] ?? 1) * (volume.spacing[one] ?? 1);
  return [along(right), along(up)];
}

/** Draws a slice with a longer edge of some pixels. */
export function drawSlice(view: SliceView, longer: number): Pixels {
  const grid = view.image ?? view.label;
  if (!grid) throw new Error("a tile needs an image or a label");
  const [width, height] = extentOf(grid, view.axis);
  const size = Math.max(12, Math.round(longer));
  const label = view.label && flat(view.label, view);
  const image = view.image && flat(view.image.selectChannels(view.channel, view.channel + 1), view);
  const shared = { title: false, width: size, interpolation: view.isSmooth ? "linear" : "nearest" } as const;
  if (!(width > 0 && height > 0)) throw new Error("a slice has no extent");
  const low = Math.min(...view.range);
  const range: readonly [number, number] = view.range[0] < view.range[1] ? view.range : [low, low + 1];
  const figure = image
    ? show({ image, ...(label ? { label } : {}) }, { ...shared, range, labels: label ? "label" : false, opacity: 0.55 })
    : show({ label: label ?? {} }, { ...shared, labels: true });
  return withoutMargin(figure.bytes);
}

/** A slice as a 2D image without a place in a patient, its second axis up. */
function flat(volume: Volume, { axis, index }: SliceView): Volume {
  const plane = volume.shape.length > 3 ? volume.slice(axis, index) : volume;
  const [right, up] = volume.shape.length > 3 ? axesAcross(axis) : [0, 1];
  const [dx = 1, dy = 1] = [volume.spacing[right], volume.spacing[up]];
  return new Volume({
    data: plane.flip([1]).samples.slice(),
    shape: plane.shape,
    affine: [dx, 0, 0, 0, 0, dy, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    meta: { format: "png" },
  });
}

function withoutMargin(png: Uint8Array): Pixels {
  const { width, height, data } = fastPng.decode(png);
  const inner = new Canvas(width - 2 * margin, height - 2 * margin, [0, 0, 0]);
  for (let y = 0; y < inner.height; y++) {
    const from = 3 * ((y + margin) * width + margin);
    inner.rgb.set(data.subarray(from, from + 3 * inner.width), 3 * y * inner.width);
  }
  return inner;
}

/** A rectangle in parts of a slice, from its lower left corner. */
export interface Box {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly color: Color;
}

/** Draws the outline of a box. */
export function drawBox(canvas: Canvas, { from, to, color }: Box): void {
  const at = (part: number, size: number) => Math.round(Math.min(1, Math.max(0, part)) * (size - 1));
  const [left, right] = [at(from[0], canvas.width), at(to[0], canvas.width)];
  const [bottom, top] = [canvas.height - 1 - at(from[1], canvas.height), canvas.height - 1 - at(to[1], canvas.height)];
  for (const inset of [0, 1]) {
    canvas.fill(left, top + inset, right - left + 1, 1, color);
    canvas.fill(left, bottom - inset, right - left + 1, 1, color);
    canvas.fill(left + inset, top, 1, bottom - top + 1, color);
    canvas.fill(right - inset, top, 1, bottom - top + 1, color);
  }
}
