/** Pipelines over small volumes, made of deterministic, random and opaque transforms at random. */
import fc from "fast-check";
import { Dataset, type IndexedDataset, type Volume } from "voxrx";
import { map } from "voxrx/operators";
import { randomVolumeTransform, volumeTransform } from "../../src/dataset/fields.ts";
import { ramp } from "./volumes.ts";

/** What flows through these pipelines. */
export interface Scan {
  readonly image: Volume;
  readonly id: number;
}

/** One link of a pipeline, by name, so that a failing case can be read. */
export interface Link {
  readonly name: string;
  readonly random: boolean;
  readonly add: (source: IndexedDataset<Scan>) => IndexedDataset<Scan>;
}

/** Adds a number to all samples, deterministically; counts how often it worked. */
export function shift(by: number, worked: (by: number) => void = () => undefined): Link {
  const operator = volumeTransform<"image", Scan>({
    name: "shift",
    version: 1,
    options: { keys: "image", by },
    fields: { keys: "image" },
    each: (volume) => {
      worked(by);
      return volume.withSamples({ data: Float32Array.from(volume.toContiguous().samples, (value) => value + by) });
    },
  });
  return { name: `shift ${by}`, random: false, add: (source) => source.pipe(operator) };
}

/** Reverses the first axis: a view, nothing is copied. */
export const reverse: Link = {
  name: "reverse",
  random: false,
  add: (source) =>
    source.pipe(
      volumeTransform<"image", Scan>({
        name: "reverse",
        version: 1,
        options: {},
        fields: { keys: "image" },
        each: (volume) => volume.flip([0]),
      }),
    ),
};

/** Multiplies all samples by what is drawn. */
export const randScale: Link = {
  name: "randScale",
  random: true,
  add: (source) =>
    source.pipe(
      randomVolumeTransform<number, "image", Scan>({
        name: "randScale",
        version: 1,
        options: {},
        fields: { keys: "image" },
        prob: 0.7,
        draw: (random) => random.uniform(1, 2),
        apply: (volume, factor) =>
          volume.withSamples({ data: Float32Array.from(volume.toContiguous().samples, (value) => value * factor) }),
      }),
    ),
};

/** A user's function that nobody knows anything of. */
export const opaque: Link = {
  name: "opaque",
  random: true,
  add: (source) => source.pipe(map((scan) => ({ ...scan, id: scan.id + 1 }))),
};

/** Chains of up to six links. */
export const anyChain: fc.Arbitrary<readonly Link[]> = fc.array(
  fc.constantFrom(shift(1), shift(10), reverse, randScale, opaque),
  { maxLength: 6 },
);

/** `count` small scans. */
export function scans(count: number, seed: number | string = 0): IndexedDataset<Scan> {
  const items = Array.from(
    { length: count },
    (_, id): Scan => ({ image: ramp([1, 3, 2, 2], "float32", id * 100), id }),
  );
  return Dataset.from(items, { seed });
}

/** A source behind a chain of links. */
export function chained(source: IndexedDataset<Scan>, chain: readonly Link[]): IndexedDataset<Scan> {
  return chain.reduce((sofar, link) => link.add(sofar), source);
}
