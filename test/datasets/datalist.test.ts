import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { datalist } from "voxrx/datasets";
import { temporaryFolder } from "../support/folder.ts";
import { thrown } from "../support/thrown.ts";

/** A `dataset.json` with a list of some entries, and empty others. */
async function listOf(training: readonly unknown[]) {
  const folder = await temporaryFolder();
  const path = join(folder.path, "dataset.json");
  await writeFile(path, JSON.stringify({ training, test: ["c.nii"], none: [] }));
  return { path, at: (name: string) => join(folder.path, name), [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

describe("labeled", () => {
  test("leaves out entries without a label, and knows how many there are", async () => {
    await using list = await listOf([{ image: "a.nii" }, { image: "b.nii", label: "l.nii", age: 4 }, "c.nii"]);
    const scans = await datalist(list.path, { labeled: true }).ready();
    expect(scans.length).toBe(1);
    expect(await scans.at(0)).toEqual({ image: list.at("b.nii"), label: list.at("l.nii"), age: 4 });
    expect(await datalist(list.path, { labeled: false }).toArray()).toHaveLength(3);
  });

  test.each([
    ["test", 'none of the 1 entries of the list "test" has a label'],
    ["none", 'none of the 0 entries of the list "none" has a label'],
  ])("of a list without labels is an error: %s", async (section, words) => {
    await using list = await listOf([]);
    const error = await thrown(() => datalist(list.path, { section, labeled: true }).toArray());
    expect(error).toMatchObject({ code: "VOXRX_BAD_DATALIST", message: expect.stringContaining(words) });
    expect(error).toMatchObject({ file: list.path, remedy: expect.stringContaining("labeled") });
  });
});
