/** What items hold, as short texts, and whether two items hold the same. */
import { isTensor, Volume } from "voxrx";

/** Whether two values are the same, volumes with all of their samples. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Volume && b instanceof Volume) return sameVolume(a, b);
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [first, second] = [Object.entries(a), Object.entries(b)];
  return first.length === second.length && first.every(([key, value]) => sameValue(value, Reflect.get(b, key)));
}

function sameVolume(a: Volume, b: Volume): boolean {
  const isAlike = a.dtype === b.dtype && String(a.shape) === String(b.shape) && String(a.affine) === String(b.affine);
  return isAlike && Buffer.compare(bytesOf(a.samples), bytesOf(b.samples)) === 0;
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** A record; undefined for everything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isPlain = typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  return isPlain && !(value instanceof Volume) && !isTensor(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

/** Numbers with few digits. */
export function shortNumber(value: number): string {
  if (Number.isInteger(value)) return String(value).replace("-", "−");
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits))).replace("-", "−");
}

/** Least and largest value of a volume. */
export function rangeOf({ samples }: Volume): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of samples) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** `0.8 × 0.8 × 2.5 mm` */
export function spacingText({ spacing }: Volume): string {
  return `${spacing.map(shortNumber).join(" × ")} mm`;
}

interface ForeignTensor {
  readonly kind: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** A tensor of TensorFlow.js or ONNX Runtime, as far as it is shown. */
function foreignTensor(value: unknown): ForeignTensor | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if ("dataId" in value && "shape" in value && Array.isArray(value.shape) && "dtype" in value)
    return { kind: "tf.Tensor", shape: value.shape, dtype: String(value.dtype) };
  if ("dims" in value && Array.isArray(value.dims) && "type" in value)
    return { kind: "ort.Tensor", shape: value.dims, dtype: String(value.type) };
  return undefined;
}

/** A value on one line. */
function valueText(value: unknown): string {
  if (value instanceof Volume) {
    const [low, high] = rangeOf(value);
    return `${value.shape.join(" × ")}  ${value.dtype}  ${shortNumber(low)} to ${shortNumber(high)}  ${spacingText(value)}`;
  }
  if (isTensor(value)) return `Tensor ${value.shape.join(" × ")}  ${value.dtype}  ${value.layout}`;
  const foreign = foreignTensor(value);
  if (foreign) return `${foreign.kind} ${foreign.shape.join(" × ")}  ${foreign.dtype}`;
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name} of ${"length" in value ? value.length : value.byteLength}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "function";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 70 ? `${text.slice(0, 69)}…` : text;
}

/** An item as lines: one for each field. */
export function itemLines(item: unknown): string[] {
  const record = recordOf(item);
  if (!record) return [valueText(item)];
  const width = Math.max(0, ...Object.keys(record).map((key) => key.length));
  return Object.entries(record).map(([key, value]) => `${key.padEnd(width)}  ${valueText(value)}`);
}

/** An item in a few characters, for a box: the values of its fields. */
export function boxText(item: unknown): string {
  if (item instanceof Volume) return item.meta.source === undefined ? item.shape.join("×") : boxText(item.meta.source);
  if (isTensor(item)) return item.shape.join("×");
  if (typeof item === "string") return item.replace(/^.*\//, "").replace(/\.(nii\.gz|nii|json|tar|zip)$/, "");
  if (Array.isArray(item)) return item.map(boxText).join(", ");
  const record = recordOf(item);
  return record ? Object.values(record).map(boxText).join(" · ") : String(item);
}
