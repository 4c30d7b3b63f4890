/** Pipelines over small volumes, made of deterministic, random and opaque transforms at random. */
import fc from "fast-check";
import { Dataset, type IndexedDataset, type Volume } from "voxrx";
import { numberSchema, randomVolumeOperator, volumeOperator } from "voxrx/extend";
import { map } from "voxrx/operators";
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

/** Called with what `shift` adds, whenever it does so. */
let shifted: (by: number) => void = () => undefined;

const shiftBy = volumeOperator<{ readonly by: number }>()({
  name: "shift",
  version: 1,
  options: { by: numberSchema },
  each(volume, { by }) {
    shifted(by);
    return volume.mapSamples((value) => value + by);
  },
});

/** Adds a number to all samples, deterministically. */
export function shift(by: number): Link {
  return { name: `shift ${by}`, random: false, add: (source) => source.pipe(shiftBy({ keys: "image", by })) };
}

/** Runs something, and gives how often each {@link shift} worked while it ran, by what it adds. */
export async function countingShifts(run: () => Promise<unknown>): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  shifted = (by) => counts.set(by, (counts.get(by) ?? 0) + 1);
  try {
    await run();
  } finally {
    shifted = () => undefined;
  }
  return counts;
}

const reversed = volumeOperator<object>()({
  name: "reverse",
  version: 1,
  options: {},
  each: (volume) => volume.flip([0]),
});

/** Reverses the first axis: a view, nothing is copied. */
export const reverse: Link = {
  name: "reverse",
  random: false,
  add: (source) => source.pipe(reversed({ keys: "image" })),
};

const randomScale = randomVolumeOperator<object>()({
  name: "randScale",
  version: 1,
  prob: 0.7,
  options: {},
  draw: (random) => random.uniform(1, 2),
  apply: (volume, factor) => volume.mapSamples((value) => value * factor),
});

/** Multiplies all samples by what is drawn. */
export const randScale: Link = {
  name: "randScale",
  random: true,
  add: (source) => source.pipe(randomScale({ keys: "image" })),
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

/** A source with a chain of links after it. */
export function chained(source: IndexedDataset<Scan>, chain: readonly Link[]): IndexedDataset<Scan> {
  return chain.reduce((sofar, link) => link.add(sofar), source);
}
