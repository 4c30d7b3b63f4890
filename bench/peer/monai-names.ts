/** What an operator of VoxRx is called in MONAI: one rule, and the exceptions from it. */

/** An operator with its options, as data that both sides can make it from. */
export interface Step {
  readonly operator: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A transform of MONAI: a class of `monai.transforms` with its arguments. */
export interface MonaiStep {
  readonly transform: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Arguments of the call instead of the constructor. */
  readonly call?: Readonly<Record<string, unknown>>;
}

type Options = Step["options"];

/** What is not named or parametrized as the rule says. */
const exceptions: Readonly<Record<string, (options: Options) => readonly MonaiStep[]>> = {
  load: ({ keys }) => [
    { transform: "LoadImaged", options: { keys } },
    { transform: "EnsureChannelFirstd", options: { keys } },
  ],
  // One number is the size of the first axis only, in MONAI.
  spacing: (options) => byRule("spacing", { ...options, pixdim: threeOf(options.pixdim) }),
  spatialResample: ({ spatialSize }) => [
    { transform: "SpatialResample", options: {}, call: { spatial_size: spatialSize } },
  ],
  splitChannel: (options) => [{ transform: "SplitDimd", options: inSnakeCase(options) }],
  // Transforms of dictionaries that have no form without keys.
  selectItems: (options) => [{ transform: "SelectItemsd", options: inSnakeCase(options) }],
  deleteItems: (options) => [{ transform: "DeleteItemsd", options: inSnakeCase(options) }],
  // The peer knows the transforms that its input went through.
  invert: ({ keys, origKey }) => [
    {
      transform: "Invertd",
      options: { keys, orig_keys: origKey, nearest_interp: false, transform: "those of the input" },
    },
  ],
  foregroundMask: (options) => byRule("foregroundMask", { threshold: "otsu", ...options }),
};

/** The transforms of MONAI for steps. */
export function monaiSteps(steps: readonly Step[]): MonaiStep[] {
  return steps.flatMap(({ operator, options }) => exceptions[operator]?.(options) ?? byRule(operator, options));
}

/** The rule: the name in PascalCase, with a d where the options have keys; the options in snake_case. */
function byRule(operator: string, options: Options): MonaiStep[] {
  const name = operator.charAt(0).toUpperCase() + operator.slice(1);
  return [{ transform: "keys" in options ? `${name}d` : name, options: inSnakeCase(options) }];
}

/** Options in snake_case; functions have no counterpart, and are left out. */
function inSnakeCase(options: Options): Options {
  const entries = Object.entries(options).filter(([, value]) => typeof value !== "function");
  return Object.fromEntries(
    entries.map(([name, value]) => [name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase(), value]),
  );
}

function threeOf(value: unknown): unknown {
  return typeof value === "number" ? [value, value, value] : value;
}
