/** Short texts of users: sizes, patterns, checksums, headers, URLs, arguments of the command; options of volumes. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import fc from "fast-check";
import { cacheCommand } from "../../../cli/cache-command.ts";
import { infoCommand } from "../../../cli/info-command.ts";
import { UsageError } from "../../../cli/new-command.ts";
import { expandBraces } from "../../../datasets/expand-braces.ts";
import { tarEntries } from "../../../datasets/tar-entries.ts";
import { nameTest } from "../../../src/archive/name-filter.ts";
import { parseBytes } from "../../../src/bytes.ts";
import { isVoxRxError } from "../../../src/errors.ts";
import { canonical, NotCanonical } from "../../../src/fingerprint/canonical.ts";
import { parseUrl } from "../../../src/http/request.ts";
import { allocate, type Dtype, dtypes } from "../../../src/samples.ts";
import { shownUrl } from "../../../src/shown-url.ts";
import { Volume } from "../../../src/volume/volume.ts";
import { niftiFile } from "../../support/nifti-file.ts";
import { checkSamples } from "../image-input.ts";
import { edgeNumbers, edgeWords } from "../mutations.ts";
import { broken, type FuzzInput, type Target, workDir } from "../target.ts";

const units = fc.constantFrom(
  "",
  "B",
  "KB",
  "kb",
  "MB",
  "GB",
  "TB",
  "KiB",
  "MiB",
  "GiB",
  "TiB",
  "iB",
  "PB",
  " GiB",
  "gib ",
);
const sizeInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.oneof(edgeWords, fc.nat().map(String), fc.double({ min: 0, max: 1e20 }).map(String)),
    units,
    edgeNumbers,
    fc.boolean(),
  )
  .map(([number, unit, value, isNumber]) => {
    const given = isNumber ? value : `${number}${unit}`;
    return {
      shown: String(given),
      async check() {
        const bytes = parseBytes(given);
        if (!(Number.isInteger(bytes) && bytes >= 1)) broken(`${given} is ${bytes} bytes`);
        if (typeof given === "number" && Math.floor(given) !== bytes) broken(`${given} is ${bytes} bytes`);
        return "right";
      },
    };
  });

const pattern: fc.Arbitrary<string> = fc.oneof(
  fc.string({
    maxLength: 16,
    unit: fc.constantFrom("{", "}", ",", ".", "..", "0", "1", "9", "a", "z", "-", "{0..3}", "{a,b}"),
  }),
  fc.tuple(edgeWords, edgeWords).map(([a, b]) => `x{${a}..${b}}.tar`),
);
const lists = fc.array(fc.array(fc.stringMatching(/^[a-z0-9]{0,3}$/), { minLength: 2, maxLength: 3 }), {
  maxLength: 4,
});
/** Ranges of integers of any size: counted exactly, or refused. */
const ranges = fc.tuple(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), fc.integer({ min: -5, max: 5 }), fc.nat(90));
const braceInputs: fc.Arbitrary<FuzzInput> = fc.oneof(
  ranges.map(([wide, steps, bits]) => {
    const from = wide >> BigInt(bits);
    const to = from + BigInt(steps);
    return {
      shown: `{${from}..${to}}`,
      async check() {
        const wanted = Array.from({ length: Math.abs(steps) + 1 }, (_, n) => from + BigInt(Math.sign(steps) * n));
        const names = expandBraces(`{${from}..${to}}`);
        if (String(names) !== String(wanted)) broken(`expected ${wanted}, got ${names}`);
        return "right" as const;
      },
    };
  }),
  pattern.map((text) => ({
    shown: text,
    async check() {
      const names = expandBraces(text);
      if (names.length === 0 || names.length > 1_000_000) broken(`${names.length} names`);
      if (names.some((name) => /e\+|NaN|Infinity/.test(name) && !/e\+|NaN|Infinity/.test(text)))
        broken(`${names.slice(0, 5)}`);
      if (!/[{}]/.test(text) && names[0] !== text) broken("a plain name is changed");
      return "right" as const;
    },
  })),
  lists.map((parts) => ({
    shown: JSON.stringify(parts),
    async check() {
      const names = expandBraces(parts.map((choices) => `{${choices.join(",")}}`).join("-"));
      const wanted = parts.reduce<string[]>(
        (all, choices, n) => all.flatMap((start) => choices.map((end) => (n === 0 ? end : `${start}-${end}`))),
        [""],
      );
      if (String(names) !== String(wanted)) broken(`expected ${wanted}, got ${names}`);
      return "right" as const;
    },
  })),
);

const urlInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(fc.constantFrom("http", "https", "HTTP", "ftp"), edgeWords, edgeWords, edgeWords)
  .map(([scheme, host, path, query]) => {
    const text = `${scheme}://user:secret@${host}/${path}?token=secret&x=${query}#secret`;
    return {
      shown: text,
      async check() {
        try {
          const shown = shownUrl(parseUrl(text));
          if (shown.includes("secret")) broken(`a secret is shown: ${shown}`);
          return "right";
        } catch (error) {
          if (isVoxRxError(error) && error.message.includes("secret")) broken(`a secret is shown: ${error.message}`);
          throw error;
        }
      },
    };
  });

const checksumInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(fc.oneof(edgeWords, fc.stringMatching(/^[\da-fA-F ]{30,34}$/)), fc.boolean())
  .map(([sum, isMd5]) => ({
    shown: sum,
    async check() {
      tarEntries("a.tar", isMd5 ? { md5: sum } : { sha256: sum });
      if (!(isMd5 ? /^[\da-f]{32}$/i : /^[\da-f]{64}$/i).test(sum)) broken("this is not a checksum");
      return "right";
    },
  }));

const globInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.array(
      fc.string({
        maxLength: 10,
        unit: fc.constantFrom("*", "?", "[", "]", "{", "}", ",", "!", "/", "a", "b", "\\", "(", "+", "."),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    fc.string({ maxLength: 20, unit: fc.constantFrom("a", "b", "/", ".", "(") }),
  )
  .map(([patterns, name]) => ({
    shown: JSON.stringify([patterns, name]),
    async check() {
      const test = nameTest(patterns);
      if (test && typeof test(name) !== "boolean") broken("no answer");
      return "right";
    },
  }));

const volumeInputs: fc.Arbitrary<FuzzInput> = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    length: fc.constantFrom(0, 1, 8, 12, 27, 40),
    shape: fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) }, { weight: 1, arbitrary: edgeNumbers }),
      { minLength: 3, maxLength: 4 },
    ),
    strides: fc.option(
      fc.array(
        fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -3, max: 12 }) }, { weight: 1, arbitrary: edgeNumbers }),
        { minLength: 3, maxLength: 4 },
      ),
      { freq: 1 },
    ),
    offset: fc.option(fc.oneof(fc.nat(10), edgeNumbers), { freq: 1 }),
    affine: fc.option(
      fc
        .tuple(fc.nat(15), edgeNumbers, fc.integer({ min: 15, max: 17 }))
        .map(([at, value, count]) =>
          [2, 0, 0, 1, 0, -1, 0, 2, 0, 0, 3, 4, 0, 0, 0, 1, 9]
            .slice(0, count === 16 ? 16 : count)
            .with(Math.min(at, 14), value),
        ),
    ),
  })
  .map(({ dtype, length, shape, strides, offset, affine }: VolumeWords) => ({
    shown: JSON.stringify({
      dtype,
      length,
      shape: shape.map(String),
      strides: strides?.map(String),
      offset: String(offset),
      affine: affine?.map(String),
    }),
    async check() {
      const count = shape.reduce((product, size) => product * size, 1);
      const isFitting = strides === null && count <= 81 && count > 0 && Number.isInteger(count);
      const data = allocate(dtype, isFitting && length < 12 ? count : length);
      const given = {
        ...(strides ? { strides } : {}),
        ...(offset === null ? {} : { offset }),
        ...(affine ? { affine } : {}),
      };
      const volume = new Volume({ data, shape, ...given });
      if (volume.size === 0 && shape.includes(0)) return "right"; // an empty volume is one too
      checkSamples(volume);
      return "right";
    },
  }));

interface VolumeWords {
  readonly dtype: Dtype;
  readonly length: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[] | null;
  readonly offset: number | null;
  readonly affine: readonly number[] | null;
}

/** Values that are different give different texts, and equal ones the same, in any order of their fields. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  withSparseArray: true,
  maxDepth: 3,
});
const canonicalInputs: fc.Arbitrary<FuzzInput> = fc.tuple(anything, anything, fc.boolean()).map(([a, b, same]) => ({
  shown: fc.stringify([a, b]),
  async check() {
    try {
      const [one, other] = [canonical(a), canonical(same ? a : b)];
      if (same && one !== other) broken("the same value has two texts");
      if (!same && one === other && fc.stringify(plain(a)) !== fc.stringify(plain(b)))
        broken(`two values have one text: ${one}`);
      const [reversed] = [
        typeof a === "object" && a !== null && !Array.isArray(a) && Object.getPrototypeOf(a) === Object.prototype
          ? Object.fromEntries(Object.entries(a).reverse())
          : a,
      ];
      if (canonical(reversed) !== one) broken("the order of fields counts");
      return "right";
    } catch (error) {
      if (!(error instanceof NotCanonical)) throw error;
      return "VOXRX_UNCACHEABLE"; // what callers say
    }
  },
}));

/** A value with its fields in order, without those that are undefined and without prototypes, for comparison. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, plain);
  if (value instanceof Map)
    return [
      "Map",
      ...Array.from(value, plain)
        .map((pair) => fc.stringify(pair))
        .sort(),
    ];
  if (value instanceof Set)
    return [
      "Set",
      ...Array.from(value, plain)
        .map((inner) => fc.stringify(inner))
        .sort(),
    ];
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof Date) return value;
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, plain(inner)]);
}

const commands = { info: infoCommand, cache: cacheCommand };
const argument = fc.oneof(
  fc.constantFrom(
    "FILE",
    "OTHER",
    "-o",
    "OUT",
    "--json",
    "--slices",
    "--axis",
    "0",
    "2",
    "stats",
    "verify",
    "prune",
    "clear",
    "DIR",
    "--max-bytes",
    "1GiB",
  ),
  edgeWords.filter((word) => !/^[./]/.test(word) && !word.includes("\0")),
);
const commandInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(fc.constantFrom<keyof typeof commands>("info", "cache"), fc.array(argument, { maxLength: 6 }))
  .map(([name, given]) => ({ shown: JSON.stringify([name, given]), check: () => runCommand(name, given) }));

async function runCommand(name: keyof typeof commands, given: readonly string[]) {
  const places: Readonly<Record<string, string>> = {
    FILE: "a.nii",
    OTHER: "missing.nii",
    OUT: "out.png",
    DIR: "no cache",
  };
  const file = join(workDir(), "a.nii");
  if (!existsSync(file))
    writeFileSync(file, niftiFile({ type: "uint8", dims: [2, 2, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] }).single);
  const words = given.map((word) => (Object.hasOwn(places, word) ? join(workDir(), places[word] ?? "") : word));
  const { log, error: logError } = console;
  const { exitCode } = process;
  console.log = () => {};
  console.error = () => {};
  try {
    await quiet(commands[name]()).parseAsync(words, { from: "user" });
    return "right" as const;
  } catch (error) {
    // What commander, or the command itself, says of arguments.
    const isUsage = error instanceof UsageError || (error instanceof Error && error.name === "CommanderError");
    if (isUsage) return "VOXRX_BAD_OPTION" as const;
    throw error;
  } finally {
    console.log = log;
    console.error = logError;
    process.exitCode = exitCode;
  }
}

function quiet(command: Command): Command {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  for (const inner of command.commands) quiet(inner);
  return command;
}

export const wordTargets: readonly Target[] = [
  { name: "sizes", inputs: sizeInputs },
  { name: "braces", inputs: braceInputs },
  { name: "urls", inputs: urlInputs },
  { name: "checksums", inputs: checksumInputs, cost: 4 },
  { name: "name filters", inputs: globInputs },
  { name: "volumes and affines", inputs: volumeInputs },
  { name: "canonical values", inputs: canonicalInputs },
  { name: "command line", inputs: commandInputs, cost: 4 },
];
