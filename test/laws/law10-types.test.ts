import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesIn, root } from "../project/tree.ts";
import { longTest, runsLongTests } from "../support/long.ts";
import { mark, typeService } from "../support/type-service.ts";
import { mistakes } from "./mistakes.ts";

const head = `
import { of } from "rxjs";
import { Dataset, type IndexedDataset, type Volume } from "voxrx";
import { batch, compose, flip, load, map, oneOf, orientation, randCropByPosNegLabel, rotate, save, selectItems, shuffle, spacing } from "voxrx/operators";
declare const files: IndexedDataset<{ image: string; label?: string; age: number }>;
declare const scans: IndexedDataset<{ image: Volume; label: Volume; age: number }>;
`;

const completing: Readonly<
  Record<string, readonly [code: string, offered: readonly string[], not: readonly string[]]>
> = {
  "keys of an operator": [`scans.pipe(flip({ keys: "${mark}" }));`, ["image", "label"], ["age"]],
  "keys in a list": [`scans.pipe(flip({ keys: ["image", "${mark}"] }));`, ["label"], ["age"]],
  "keys of load": [`files.pipe(load(["${mark}"]));`, ["image", "label"], ["age"]],
  "keys after load": [`files.pipe(load(["image"]), flip({ keys: "${mark}" }));`, ["image"], ["label", "age"]],
  "keys inside compose": [
    `scans.pipe(compose(flip({ keys: "image" }), rotate({ keys: "${mark}", angle: 1 })));`,
    ["image", "label"],
    ["age"],
  ],
  "keys inside oneOf": [`scans.pipe(oneOf([flip({ keys: "image" }), flip({ keys: "${mark}" })]));`, ["label"], ["age"]],
  "keys in RxJS's pipe": [`of<{ image: Volume }>().pipe(flip({ keys: "${mark}" }));`, ["image"], []],
  "the name of another field": [
    `scans.pipe(randCropByPosNegLabel({ keys: "image", spatialSize: 8, labelKey: "${mark}" }));`,
    ["image", "label"],
    ["age"],
  ],
  options: [`scans.pipe(rotate({ keys: "image", ${mark} }));`, ["angle", "keepSize", "mode"], []],
  "values of an option": [
    `scans.pipe(rotate({ keys: "image", angle: 1, mode: "${mark}" }));`,
    ["bilinear", "nearest"],
    [],
  ],
  "extensions of formats, ours and registered ones": [
    `save({ dir: "out", extension: "${mark}" });`,
    [".nii", ".nii.gz", ".npy", ".nrrd", ".png"],
    [],
  ],
};

const written = filesIn(["test"], /^types\.ts$/).map(({ path }) => join(root, path));
const service = typeService(
  Object.fromEntries([
    ...Object.entries(completing).map(([name, [code]]) => [name, head + code] as const),
    ...Object.entries(mistakes).map(([name, code]) => [name, head + code] as const),
  ]),
  runsLongTests ? written : [],
);

describe("law 10: types carry the record", () => {
  // `npm run typecheck` compiles them too.
  longTest("the types.ts beside tests hold", () => {
    expect(written.flatMap((path) => service.faults(path))).toEqual([]);
    expect(written.length).toBeGreaterThan(0);
  });

  test.for(Object.entries(completing))("an editor completes %s", ([name, [, offered, not]]) => {
    const given = service.completions(name);
    expect(given).toEqual(expect.arrayContaining([...offered]));
    expect(given.filter((word) => not.includes(word))).toEqual([]);
  });

  test("a mistake is reported where it is, in words that name it", async () => {
    const said = Object.entries(mistakes).map(([name, code]) => {
      const faults = service.faults(name);
      expect(faults.length, name).toBeGreaterThan(0);
      return `${name}\n  ${code.trim().replaceAll("\n", "\n  ")}\n\n  ${faults.join("\n  ").replaceAll("\n", "\n  ")}\n`;
    });
    await expect(said.join("\n")).toMatchFileSnapshot("./mistakes.txt");
  });
});
