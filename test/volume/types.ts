/** What may be done with samples of any element type, and what tensors are. Checked by the compiler alone. */
import type { Tensor, TypedArray, Volume } from "voxrx";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_Claim extends true>(): void {}

declare const volume: Volume;
const { samples, data } = volume;

const all: readonly number[] = [
  samples.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  samples.reduce((a, b) => a + b),
  samples.reduce((sum, value, index, array) => sum + value * index + array.length, 0),
  samples.reduceRight((a, b) => a + b),
  samples.indexOf(3),
  samples.lastIndexOf(3),
  samples.findIndex((value) => value > 3),
  samples[0] ?? 0,
  samples.at(-1) ?? 0,
  samples.find((value) => value > 3) ?? 0,
  samples.findLast((value) => value > 3) ?? 0,
  Math.max(...samples),
  ...Array.from(samples.entries(), ([place, value]) => place + value),
  ...Array.from(samples, (value) => value * 2),
];
const counts = samples.reduce((sofar, value) => sofar.set(value, 1), new Map<number, number>());
holds<Equal<typeof counts, Map<number, number>>>();
const answers: readonly boolean[] = [
  samples.every(Number.isFinite),
  samples.some((value) => value > 0),
  samples.includes(3),
];
const arrays: readonly TypedArray[] = [
  samples,
  samples.map((value) => value + 1),
  samples.filter((value) => value > 1),
  samples.slice(1, 3),
  samples.subarray(1, 3),
  samples.toSorted(),
  samples.subarray(1).subarray(1),
  Float32Array.from(samples),
];
samples.forEach((value, place) => void (all[place] === value));
for (const value of samples) value.toFixed();
new Float64Array(samples.length).set(samples);
console.log(samples.join(), answers, arrays);

data[0] = 1;
data.fill(2);
// @ts-expect-error samples are to read: data is to write
samples[0] = 1;
// @ts-expect-error so is storage
volume.storage[0] = 1;

const one = volume.toTensor();
holds<Equal<typeof one.layout, "CXYZ" | "CZYX" | "XYZC" | "ZYXC">>();
const same = volume.toTensor({ dtype: "float32" });
holds<Equal<typeof same, typeof one>>();
const plain = volume.toTensor({ layout: "ZYXC" });
holds<Equal<typeof plain, typeof one>>();
const batch = volume.toTensor({ layout: "NZYXC", dtype: "float32" });
holds<Equal<typeof batch, Tensor>>();
// @ts-expect-error no such layout
volume.toTensor({ layout: "XYZ" });
// @ts-expect-error a value becomes a value
volume.mapSamples((value) => String(value));
