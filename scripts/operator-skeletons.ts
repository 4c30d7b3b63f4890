/** Skeleton files of a new operator, for new-operator.ts. The parts that its author has to write are marked FILL IN. */

/** The kinds of operator declarations. */
export type Variant = "volume" | "random" | "item" | "flow";

/** The content of the files. */
export interface Skeleton {
  /** operators/<kind>/<name>.ts */
  readonly operator: string;
  /** test/operators/<kind>/<name>.test.ts */
  readonly test: string;
  /** The call in its conformance case, and whether it is tested on scans or numbers. */
  readonly call: string;
  readonly builder: "onScans" | "onNumbers";
  readonly keepsIndex: boolean;
}

/** The skeleton of an operator of this name. */
export function skeletonOf(name: string, variant: Variant): Skeleton {
  return { volume, random, item, flow }[variant](name);
}

/** The name of its options interface. */
export function optionsNameOf(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Options`;
}

function volume(name: string): Skeleton {
  const options = optionsNameOf(name);
  return {
    operator: `import * as v from "valibot";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { numberSchema } from "../../src/options.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link ${name}}. */
export interface ${options} {
  /** FILL IN: its meaning and unit. Default 1. */
  readonly amount?: number;
}

/**
 * FILL IN: what it does, in one sentence. FILL IN: shapes in and out, what happens to the affine and to the element
 * type, and whether the result is a view. Deterministic (FILL IN: the name in MONAI, the source of the formula).
 *
${exampleOf(name, imageScans, `${name}({ keys: "image", amount: 2 })`)}
 */
export const ${name} = volumeOperator<${options}>()({
  name: "${name}",
  version: 1,
  options: { amount: v.optional(numberSchema, 1) },
  // FILL IN: what it can claim of elementwise, aliases, retains, region and geometric (docs/write-your-own.md).
  each: (volume, { amount }) => resultOf(volume, amount),
});

/** FILL IN: the work. Its loops go into src/kernels. */
function resultOf(volume: Volume, amount: number): Volume {
  throw new Error(\`FILL IN: the result of ${name} for [\${volume.shape}] and \${amount}\`);
}
`,
    test: `import { expect, test } from "vitest";
import { ${name} } from "voxrx/operators";
import { valuesAfter } from "../../support/applied.ts";
import { ramp } from "../../support/volumes.ts";

test("${name}: FILL IN, what it promises", async () => {
  expect(await valuesAfter(ramp([1, 2, 2, 1]), ${name}({ amount: 2 }))).toEqual(["FILL IN: values of a reference"]);
});
`,
    call: `operators.${name}({ keys: "image" })`,
    builder: "onScans",
    keepsIndex: true,
  };
}

function random(name: string): Skeleton {
  const options = optionsNameOf(name);
  return {
    operator: `import * as v from "valibot";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { numberSchema } from "../../src/options.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link ${name}}. */
export interface ${options} extends RandomOptions {
  /** FILL IN: its meaning and unit. Default 1. */
  readonly most?: number;
}

/**
 * FILL IN: what it does with probability \`prob\`, the same in all fields of an item. FILL IN: shapes in and out, what
 * happens to the affine and to the element type, also for items that are not changed. Random: whether it is applied,
 * and FILL IN: what else is drawn (FILL IN: the name in MONAI, the source of the formula).
 *
${exampleOf(name, imageScans, `${name}({ keys: "image", most: 2, prob: 0.5 })`)}
 */
export const ${name} = randomVolumeOperator<${options}>()({
  name: "${name}",
  version: 1,
  options: { most: v.optional(v.pipe(numberSchema, v.minValue(0)), 1) },
  // FILL IN: what is drawn, as plain data; then what it can claim (docs/write-your-own.md).
  draw: (random, { most }) => ({ amount: random.uniform(0, most) }),
  apply: (volume, { amount }) => resultOf(volume, amount),
});

/** FILL IN: the work, or the deterministic twin's function instead. */
function resultOf(volume: Volume, amount: number): Volume {
  throw new Error(\`FILL IN: the result of ${name} for [\${volume.shape}] and \${amount}\`);
}
`,
    test: `import { expect, test } from "vitest";
import { ${name} } from "voxrx/operators";
import { valuesAfter } from "../../support/applied.ts";
import { ramp } from "../../support/volumes.ts";

test("${name}: FILL IN, what it promises of everything that may be drawn", async () => {
  const result = await valuesAfter(ramp([1, 2, 2, 1]), ${name}({ most: 2, prob: 1 }));
  expect(result).toEqual(["FILL IN: values of the deterministic twin, or their bounds"]);
});
`,
    call: `operators.${name}({ keys: "image", prob: 0.5 })`,
    builder: "onScans",
    keepsIndex: true,
  };
}

function item(name: string): Skeleton {
  const options = optionsNameOf(name);
  return {
    operator: `import * as v from "valibot";
import { type AddsFields, itemOperator } from "../../src/operator/item-operator.ts";
import { numberSchema } from "../../src/options.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link ${name}}. */
export interface ${options} {
  /** FILL IN: its meaning and unit. Default 1. */
  readonly amount?: number;
}

/**
 * FILL IN: what it does, in one sentence. FILL IN: the fields that it needs, those that it adds, what happens to the
 * others. Deterministic (FILL IN: the name in MONAI, or that MONAI has none).
 *
${exampleOf(name, imageScans, `${name}({ amount: 2 })`)}
 */
// FILL IN: the fields that it needs, and those that it adds.
export const ${name} = itemOperator<
  ${options},
  AddsFields<${options}, { readonly image: Volume }, { readonly result: number }>
>()({
  name: "${name}",
  version: 1,
  options: { amount: v.optional(numberSchema, 1) },
  apply: (item: { readonly image: Volume }, { amount }) => ({ ...item, result: resultOf(item.image, amount) }),
});

/** FILL IN: the work. */
function resultOf(image: Volume, amount: number): number {
  throw new Error(\`FILL IN: the result of ${name} for [\${image.shape}] and \${amount}\`);
}
`,
    test: `import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { ${name} } from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";

test("${name}: FILL IN, what it promises", async () => {
  const scans = Dataset.from([{ image: ramp([1, 2, 2, 1]), id: 7 }]);
  const [scan] = await scans.pipe(${name}({ amount: 2 })).toArray();
  expect(scan).toMatchObject({ id: 7, result: "FILL IN: the value of a reference" });
});
`,
    call: `operators.${name}()`,
    builder: "onScans",
    keepsIndex: true,
  };
}

function flow(name: string): Skeleton {
  const options = optionsNameOf(name);
  return {
    operator: `import { type FlowOperator, flowOperator } from "../../src/operator/flow-operator.ts";
import { countSchema } from "../../src/options.ts";

/** Options of {@link ${name}}. */
export interface ${options} {
  /** FILL IN: its meaning. */
  readonly count: number;
}

/**
 * FILL IN: which items it yields, and in which order, in one sentence. A dataset after it is a stream (FILL IN: or it
 * keeps an index). FILL IN: how many items it holds.
 *
${exampleOf(name, "declare const scans: Dataset<string>;", `${name}(2)`, `import { Dataset } from "voxrx";`)}
 */
export const ${name} = flowOperator<${options}, FlowOperator<${options}, number, false>>()({
  name: "${name}",
  version: 1,
  bare: "count",
  options: { count: countSchema },
  // FILL IN: \`index\`, if it keeps one (without \`false\` above), and \`counts\` or \`state\`, if it needs state to
  // resume (docs/write-your-own.md).
  stream: (input, { count }) => ({
    async next() {
      const entry = await input.next();
      if (entry) throw new Error(\`FILL IN: whether ${name} yields item \${entry.index}, for \${count}\`);
      return entry;
    },
  }),
});
`,
    test: `import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { ${name} } from "voxrx/operators";

test("${name}: FILL IN, what it promises", async () => {
  expect(await Dataset.from([1, 2, 3, 4, 5]).pipe(${name}(2)).toArray()).toEqual(["FILL IN: the items that come"]);
});
`,
    call: `operators.${name}(2)`,
    builder: "onNumbers",
    keepsIndex: false,
  };
}

const imageScans = "declare const scans: Dataset<{ image: Volume; label: Volume }>;";

/** The tags at the end of a docstring: errors and an example that compiles. */
function exampleOf(name: string, scans: string, call: string, types?: string): string {
  return ` * @throws OptionError \`VOXRX_BAD_OPTION\`
 * @example
 * \`\`\`ts
 * ${types ?? `import { Dataset, type Volume } from "voxrx";`}
 * import { ${name} } from "voxrx/operators";
 * ${scans}
 * scans.pipe(${call});
 * \`\`\``;
}
