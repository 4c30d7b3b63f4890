import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { axcodesOf, parseAxcodes } from "../../src/volume/axcodes.ts";
import { sharedData, sharedFile } from "../support/shared.ts";

interface TruthFile {
  readonly files: Readonly<
    Record<
      string,
      { readonly affine?: readonly (readonly (number | string)[])[]; readonly axcodes?: readonly string[] | string }
    >
  >;
}

describe.skipIf(!sharedData)("axcodes", () => {
  test("are nibabel's for the affine of every real image", () => {
    const { files }: TruthFile = JSON.parse(readFileSync(sharedFile("truth.json"), "utf8"));
    let checked = 0;
    for (const [file, { affine, axcodes }] of Object.entries(files)) {
      if (!affine || !axcodes || affine.length !== 4 || affine.flat().some((value) => typeof value !== "number"))
        continue;
      const letters = [...axcodes].join("");
      expect(axcodesOf(affine.flat().map(Number), letters.length), file).toBe(letters);
      checked++;
    }
    expect(checked).toBeGreaterThan(100);
  });
});

describe("letters of an orientation", () => {
  test("are refused when they name none", () => {
    expect(parseAxcodes("RAS")).toHaveLength(3);
    for (const letters of ["RAX", "RLS", "ras", "RR"]) expect(parseAxcodes(letters), letters).toBeUndefined();
  });
});
