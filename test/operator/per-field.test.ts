import { describe, expect, test } from "vitest";
import type { Volume } from "voxrx";
import { declarationOf, itemOperator, keysSchema, perField, v, valueFor, volumeOperator } from "voxrx/extend";
import * as operators from "voxrx/operators";
import { perFieldOf } from "../../src/options.ts";

/** Other options that an operator needs. */
const needed: Readonly<Record<string, object>> = {
  affine: { scaleParams: 1.1 },
  invert: { origKey: "c" },
  rand3DElastic: { sigmaRange: [1, 2], magnitudeRange: [1, 3] },
  resampleToMatch: { keyDst: "c" },
  resize: { spatialSize: 4 },
  rotate: { angle: 0.1 },
  save: { dir: "results" },
  spacing: { pixdim: 1 },
  spatialResample: { spatialSize: 4 },
  zoom: { zoom: 1.1 },
};

/** A value of each option with one value for each field. */
const valid: Readonly<Record<string, string>> = {
  dtype: "uint8",
  extension: ".nii",
  mode: "nearest",
  postfix: "seg",
  prefix: "after loading",
};

const cases = Object.entries(operators).flatMap(([name, factory]) => {
  const declaration = declarationOf(factory);
  if (!declaration || !("entries" in declaration.schema)) return [];
  return Object.entries(declaration.schema.entries as v.ObjectEntries).flatMap(([option, schema]) => {
    const declared = perFieldOf(schema);
    const value = valid[option] ?? v.getDefault(schema);
    return declared ? [{ name, option, value, ...declared, make: declaration.make }] : [];
  });
});

const lengths = [1, 2, 3, 4];

describe.each(cases)("$name: a list for $option has one value for each field", ({ name, option, value, ...rest }) => {
  const made = (keys: string | readonly string[] | undefined, values: number) => () =>
    rest.make({ ...needed[name], ...(keys && { keys }), [option]: Array.from({ length: values }, () => value) });
  const refusal = (words: string) =>
    expect.objectContaining({ code: "VOXRX_BAD_OPTION", operator: name, fault: `${option}: the list has ${words}` });

  test.for(lengths)("%i values for a list of keys", (values) => {
    for (const keys of [["a"], ["a", "b"], ["a", "b", "c"]]) {
      const fits = values === keys.length || (rest.repeatsLast && values < keys.length);
      if (fits) expect(made(keys, values)).not.toThrow();
      else
        expect(made(keys, values)).toThrow(
          refusal(
            `${values} value${values === 1 ? "" : "s"}, but keys names ${keys.length} field${keys.length === 1 ? ": give one value" : "s: give one value for all of them, or one for each"}`,
          ),
        );
    }
  });

  test("one key as a string is one field, and so is the item itself", () => {
    expect(made("a", 1)).not.toThrow();
    expect(made("a", 2)).toThrow(refusal("2 values, but keys names 1 field: give one value"));
    if (name === "invert" || name === "resampleToMatch") return;
    expect(made(undefined, 1)).not.toThrow();
    expect(made(undefined, 2)).toThrow(
      refusal("2 values, but without keys there is 1 field, the item itself: give one value"),
    );
  });
});

test("the operators with such options are all known", () => {
  const names = new Set(cases.map(({ name, option }) => `${name}.${option}`));
  expect(names).toContain("spacing.mode");
  expect(names).toContain("load.dtype");
  expect(names).toContain("save.extension");
  expect(names.size).toBeGreaterThan(25);
});

interface TagOptions {
  readonly keys?: string | readonly string[];
  readonly tag?: string | readonly string[];
}

describe("operators of users", () => {
  test("on volumes, refuse a list of another length", () => {
    const tag = volumeOperator<Pick<TagOptions, "tag">>()({
      name: "tag",
      version: 1,
      options: {
        tag: v.optional(
          v.pipe(
            perField(v.string()),
            v.check(() => true),
          ),
          "a",
        ),
      },
      each: (volume, options, field) => volume.withMeta({ tag: valueFor(options.tag, field) }),
    });
    expect(() => tag({ keys: ["a", "b"], tag: ["x", "y"] })).not.toThrow();
    expect(() => tag({ keys: ["a", "b"], tag: ["x", "y", "z"] })).toThrow("tag: the list has 3 values");
    expect(() => tag({ tag: ["x", "y"] })).toThrow("tag: the list has 2 values, but without keys");
  });

  test("on items, decide themselves which fields they mean without keys", () => {
    const tag = itemOperator<TagOptions>()({
      name: "tag",
      version: 1,
      options: { keys: v.optional(keysSchema), tag: v.optional(perField(v.string()), "a") },
      apply: (item: { readonly image: Volume }) => item,
    });
    expect(() => tag({ tag: ["x", "y"] })).not.toThrow();
    expect(() => tag({ keys: "a", tag: ["x", "y"] })).toThrow("tag: the list has 2 values");
  });
});
