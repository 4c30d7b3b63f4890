/** The same kinds, each broken in one way that nothing but a suite would notice. */
import { Volume } from "voxrx";
import {
  type AddsFields,
  countSchema,
  defineFormat,
  type FlowOperator,
  flowOperator,
  itemOperator,
  numberSchema,
  type RandomOptions,
  randomVolumeOperator,
  storeOver,
  v,
  volumeOperator,
} from "voxrx/extend";

let factor = 1;

/** Captures a variable that is not among its options. */
export const captures = volumeOperator<{ readonly times?: number }>()({
  name: "captures",
  version: 1,
  options: { times: v.optional(numberSchema, 1) },
  each: (volume, { times }) => volume.mapSamples((value) => value * times * factor, { dtype: "float64" }),
});

/** Changes what {@link captures} does from outside. */
export function setFactor(to: number): void {
  factor = to;
}

/** Says that it is a function of single values, which it isn't quite. */
export const misdeclares = volumeOperator<{ readonly by?: number }>()({
  name: "misdeclares",
  version: 1,
  options: { by: v.optional(numberSchema, 1) },
  each: (volume, { by }) => volume.mapSamples((value) => Math.max(0, value - by), { dtype: "float64" }),
  elementwise: ({ by }) => ({ value: (value) => value - by, dtype: "float64" }),
});

/** Draws where nobody can draw again. */
export const drawsElsewhere = randomVolumeOperator<RandomOptions>()({
  name: "drawsElsewhere",
  version: 1,
  options: {},
  draw: () => ({}),
  apply: (volume) => volume.mapSamples((value) => value + Math.random(), { dtype: "float64" }),
});

/** Changes the item that it is given. */
export const changesItsItem = itemOperator<
  { readonly by?: number },
  AddsFields<{ readonly by?: number }, { age: number }, { readonly older: number }>
>()({
  name: "changesItsItem",
  version: 1,
  options: { by: v.optional(numberSchema, 1) },
  apply: (person: { age: number }, { by }) => {
    person.age += by;
    return { ...person, older: person.age };
  },
});

/** Forgets where it was: its stream begins counting again. */
export const forgets = flowOperator<{ readonly step: number }, FlowOperator<{ readonly step: number }, number>>()({
  name: "forgets",
  version: 1,
  bare: "step",
  options: { step: countSchema },
  stream: (input, { step }) => {
    let pulled = 0;
    return {
      async next() {
        for (; pulled % step !== 0; pulled++) if (!(await input.next())) return undefined;
        pulled++;
        return input.next();
      },
    };
  },
});

/** Fills what is missing of a file with zeros. */
export const forgives = defineFormat({
  name: "forgives",
  version: 1,
  extensions: [".slab"],
  sniff: (bytes) => String.fromCharCode(...bytes.subarray(0, 4)) === "SLAB",
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const sizes = [4, 6, 8].map((at) => view.getUint16(at, true));
    const data = new Float32Array(sizes.reduce((product, n) => product * n, 1));
    const floats = Math.min(data.length, Math.floor((bytes.length - 10) / 4));
    for (let n = 0; n < floats; n++) data[n] = view.getFloat32(10 + 4 * n, true);
    return new Volume({ data, shape: [1, ...sizes] });
  },
  encode(volume) {
    const head = new Uint8Array(10);
    head.set([..."SLAB"].map((letter) => letter.charCodeAt(0)));
    for (const [n, size] of volume.spatialShape.entries()) new DataView(head.buffer).setUint16(4 + 2 * n, size, true);
    return [head, new Uint8Array(Float32Array.from(volume.samples).buffer)];
  },
});

/** Keeps the first entry of a key for ever. */
export function stubbornStore(limits?: { readonly maxBytes: number }) {
  const map = new Map<string, Uint8Array>();
  return storeOver(
    {
      name: "stubbornStore",
      get: (key) => map.get(key),
      set: (key, bytes) => {
        if (!map.has(key)) map.set(key, bytes);
      },
      delete: () => undefined,
      list: () => Array.from(map, ([id, { length }]) => ({ id, size: length })),
    },
    limits,
  );
}
