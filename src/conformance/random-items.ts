/** Random items with everything that a store can keep, drawn with a seed. */
import type { Random } from "../random/random.ts";
import { allocate, type Dtype, dtypes, integerRange } from "../samples.ts";
import { Volume } from "../volume/volume.ts";

/** An item with a nesting depth of at most `depth`. */
export function randomItem(random: Random, depth = 3): unknown {
  const kind = random.integer(depth > 0 ? 5 : 3);
  if (kind < 2) return randomLeaf(random);
  if (kind === 2) return randomVolume(random);
  const parts = Array.from({ length: random.integer(5) }, () => randomItem(random, depth - 1));
  return kind === 3 ? parts : Object.fromEntries(parts.map((part, n) => [randomName(random, n), part]));
}

/** A volume, often a view: flipped, with axes swapped, cropped. */
export function randomVolume(random: Random, dtype = oneOf(random, dtypes)): Volume {
  const shape = Array.from({ length: 3 + random.integer(2) }, (_, axis) => 1 + random.integer(axis === 0 ? 2 : 4));
  const affine = Array.from({ length: 16 }, () => random.uniform(-1e6, 1e6));
  const meta = { source: randomText(random), header: { pixdim: [random.next(), null], name: randomText(random) } };
  const whole = new Volume({ data: randomSamples(random, dtype, shape), shape, layout: "x-fastest", affine, meta });
  const flipped = whole.flip(random.chance(0.5) ? [0] : []);
  const others = [...flipped.spatialShape.keys()].slice(2);
  const turned = random.chance(0.5) ? flipped.permute([1, 0, ...others]) : flipped;
  const [x = 1] = turned.spatialShape;
  return turned.crop([random.integer(x)], []);
}

/** Samples of a type, including the ends of its range, and NaN and infinities for floats. */
export function randomSamples(random: Random, dtype: Dtype, shape: readonly number[]) {
  const samples = allocate(
    dtype,
    shape.reduce((a, b) => a * b, 1),
  );
  const [low, high] = integerRange(dtype) ?? [-1e6, 1e6];
  const special = integerRange(dtype) ? [low, high, 0] : [Number.NaN, -0, Infinity, -Infinity, 1e-310];
  for (let i = 0; i < samples.length; i++) {
    samples[i] = random.chance(0.2) ? oneOf(random, special) : random.uniform(low, high);
  }
  return samples;
}

function randomLeaf(random: Random): unknown {
  const leaves: readonly (() => unknown)[] = [
    () => random.normal(0, 10 ** random.integer(300)),
    () => oneOf(random, [Number.NaN, -0, Infinity, -Infinity, undefined, null, true, false]),
    () => BigInt(random.seed()) ** 3n - 2n ** 90n,
    () => randomText(random),
    () => new Date(random.chance(0.1) ? Number.NaN : Math.floor(random.uniform(-1e13, 1e13))),
    () => Float64Array.from({ length: random.integer(5) }, () => random.normal()),
    () => Uint8Array.from({ length: random.integer(5) }, () => random.integer(256)),
    () => new Int16Array([1, 2, 3, 4]).subarray(random.integer(4)),
    () => BigInt64Array.of(BigInt(random.seed())),
  ];
  return oneOf(random, leaves)();
}

/** A name that contains the position, so that names are unique and not in alphabetical order. */
function randomName(random: Random, n: number): string {
  return n === 0 && random.chance(0.2) ? "__proto__" : `${oneOf(random, ["z", "a", "é", "7", ""])}${9 - n}`;
}

function randomText(random: Random): string {
  return Array.from({ length: random.integer(6) }, () =>
    oneOf(random, ["a", "é", "\0", "\ud800", "𝄞", '"', "\n"]),
  ).join("");
}

function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[random.integer(values.length)] as T;
}
