/** What a user's project declares: each kind once, with nothing but the package. */
import { Dataset, Volume } from "voxrx";
import {
  type AddsFields,
  countSchema,
  defineFormat,
  type FlowOperator,
  flowOperator,
  integerSchema,
  itemOperator,
  numberSchema,
  partsOperator,
  type RandomOptions,
  randomVolumeOperator,
  storeOver,
  v,
  volumeOperator,
} from "voxrx/extend";

export interface GammaOptions {
  /** Exponent, above 0. */
  readonly exponent: number;
}

export const gamma = volumeOperator<GammaOptions>()({
  name: "gamma",
  version: 1,
  aliases: false,
  options: { exponent: v.pipe(numberSchema, v.gtValue(0)) },
  each: (volume, { exponent }) => volume.mapSamples((value) => value ** exponent, { dtype: "float64" }),
  elementwise: ({ exponent }) => ({ value: (value) => value ** exponent, dtype: "float64" }),
  region: (box) => box,
});

export interface RandOffsetOptions extends RandomOptions {
  /** Largest number that is added. */
  readonly most: number;
}

export const randOffset = randomVolumeOperator<RandOffsetOptions>()({
  name: "randOffset",
  version: 1,
  options: { most: numberSchema },
  draw: (random, { most }) => ({ offset: random.uniform(0, most) }),
  apply: (volume, { offset }) => volume.mapSamples((value) => value + offset, { dtype: "float64" }),
  elementwise: (_, { offset }) => ({ value: (value) => value + offset, dtype: "float64" }),
});

export interface HalvesOptions {
  /** Spatial axis to cut along. */
  readonly axis: number;
}

export const halves = partsOperator<HalvesOptions>()({
  name: "halves",
  version: 1,
  options: { axis: v.pipe(integerSchema, v.minValue(0), v.maxValue(2)) },
  count: () => 2,
  *parts(volumes, { axis }) {
    const cut = (volume: Volume) => volume.spatialShape.map((n, at) => (at === axis ? Math.floor(n / 2) : n));
    const rest = (volume: Volume) => volume.spatialShape.map((n, at) => (at === axis ? Math.floor(n / 2) : 0));
    yield volumes.map((volume) => volume.crop([], cut(volume)));
    yield volumes.map((volume) => volume.crop(rest(volume), []));
  },
});

export interface AgeGroupOptions {
  /** Years that a group spans. */
  readonly span: number;
}

export const ageGroup = itemOperator<
  AgeGroupOptions,
  AddsFields<AgeGroupOptions, { readonly age: number }, { readonly group: number }>
>()({
  name: "ageGroup",
  version: 1,
  options: { span: countSchema },
  apply: (person: { readonly age: number }, { span }) => ({ ...person, group: Math.floor(person.age / span) }),
});

export interface EveryOptions {
  /** One item of so many is given. */
  readonly step: number;
}

export const every = flowOperator<EveryOptions, FlowOperator<EveryOptions, number>>()({
  name: "every",
  version: 1,
  bare: "step",
  options: { step: countSchema },
  index: {
    length: (length, { step }) => Math.ceil(length / step),
    at: (items, index, { step }) => items.at(index * step),
  },
  prefersIndex: true,
  counts: true,
  stream: (input, { step }, { given }) => {
    let pulled = given === 0 ? 0 : 1;
    return {
      async next() {
        for (; pulled % step !== 0; pulled++) if (!(await input.next())) return undefined;
        pulled++;
        return input.next();
      },
    };
  },
});

/** "SLAB", three sizes (uint16), then float32 samples, z fastest. */
export const slab = defineFormat({
  name: "slab",
  version: 1,
  extensions: [".slab"],
  sniff: (bytes) => String.fromCharCode(...bytes.subarray(0, 4)) === "SLAB",
  decode(bytes) {
    const sizes = [4, 6, 8].map((at) => new DataView(bytes.buffer, bytes.byteOffset).getUint16(at, true));
    const size = sizes.reduce((product, n) => product * n, 4);
    if (bytes.length !== 10 + size) throw new RangeError(`${bytes.length} bytes for samples of ${size}`);
    return new Volume({ data: new Float32Array(bytes.slice(10).buffer), shape: [1, ...sizes] });
  },
  encode(volume) {
    const head = new Uint8Array(10);
    head.set([..."SLAB"].map((letter) => letter.charCodeAt(0)));
    for (const [n, size] of volume.spatialShape.entries()) new DataView(head.buffer).setUint16(4 + 2 * n, size, true);
    return [head, new Uint8Array(Float32Array.from(volume.samples).buffer)];
  },
});

/** Keeps bytes in a Map. */
export function mapStore(limits?: { readonly maxBytes: number }) {
  const map = new Map<string, Uint8Array>();
  return storeOver(
    {
      name: "mapStore",
      get: (key) => map.get(key),
      set: (key, bytes) => map.set(key, bytes),
      delete: (key) => map.delete(key),
      list: () => Array.from(map, ([id, { length }]) => ({ id, size: length })),
    },
    limits,
  );
}

/** The types that a user sees, from the tarball's declarations. */
export const typed: Dataset<{ image: Volume; age: number; group: number }> = Dataset.from([
  { image: new Volume({ data: Float32Array.of(1, 2), shape: [1, 2, 1, 1] }), age: 4 },
]).pipe(
  gamma({ keys: "image", exponent: 2 }),
  every(1),
  randOffset({ keys: ["image"], most: 1 }),
  ageGroup({ span: 2 }),
  halves({ keys: "image", axis: 0 }),
);

const small = Dataset.from([{ image: new Volume({ data: Float32Array.of(1), shape: [1, 1, 1] }) }]);
// @ts-expect-error there is no field of that name
small.pipe(gamma({ keys: "imag", exponent: 2 }));
