import { describe, expect, test } from "vitest";
import { nameTest } from "../../src/archive/name-filter.ts";

const names = ["a.nii.gz", "labels/a.nii.gz", "labels/deep/b.nii", "notes.txt", "x+y.nii"];
const wanted = (filter: string | readonly string[]) => names.filter((name) => nameTest(filter)?.(name));

describe("which files of an archive are wanted", () => {
  test("none named: all", () => {
    expect(nameTest(undefined)).toBeUndefined();
  });
  test.for([
    ["*.nii.gz", ["a.nii.gz", "labels/a.nii.gz"]],
    ["labels/*", ["labels/a.nii.gz"]],
    ["labels/**", ["labels/a.nii.gz", "labels/deep/b.nii"]],
    ["**/*.nii", ["labels/deep/b.nii", "x+y.nii"]],
    ["?.nii.gz", ["a.nii.gz", "labels/a.nii.gz"]],
    ["x+y.nii", ["x+y.nii"]],
    ["!*.txt", ["a.nii.gz", "labels/a.nii.gz", "labels/deep/b.nii", "x+y.nii"]],
    [
      ["*.nii*", "!labels/**"],
      ["a.nii.gz", "x+y.nii"],
    ],
    ["anii.gz", []],
  ] as const)("%s", ([filter, expected]) => {
    expect(wanted(filter)).toEqual(expected);
  });
});
