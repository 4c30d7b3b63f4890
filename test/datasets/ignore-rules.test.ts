import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ignoreRules } from "../../datasets/ignore-rules.ts";
import { temporaryFolder } from "../support/folder.ts";

test.each<[rules: string, ignored: readonly string[], kept: readonly string[]]>([
  ["*_sbref.nii.gz", ["sub-1/func/sub-1_sbref.nii.gz", "a_sbref.nii.gz"], ["sub-1/func/sub-1_bold.nii.gz"]],
  ["sub-03/", ["sub-03/anat/x", "deep/sub-03/x"], ["sub-03", "sub-031/x"]],
  ["/extra", ["extra/x", "extra"], ["sub-1/extra"]],
  ["sub-*/anat/*", ["sub-1/anat/x", "sub-1/anat/x/y"], ["a/sub-1/anat/x", "sub-1/func/x"]],
  ["**/anat/x", ["anat/x", "a/b/anat/x"], ["a/anat/y"]],
  ["a/**/z", ["a/z", "a/b/c/z"], ["b/a/z"]],
  ["a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]],
  ["*.nii\n!keep.nii", ["x.nii"], ["keep.nii", "d/keep.nii"]],
  ["d/\n!d/keep", ["d/keep"], ["keep"]],
  ["# x\n\n\\#y\n\\!z\nspace  \nheld\\ ", ["#y", "!z", "space", "held "], ["x", "# x", "held"]],
  ["\uFEFFa\r\nb\r\n", ["a", "b"], ["c"]],
  ["run-[1-3]?", ["run-1x", "run-3y"], ["run-4x", "run-1"]],
  ["[!a-c]", ["d", "é"], ["a", "c"]],
  ["[]x]\n[a\\]]b", ["]", "x", "]b", "ab"], ["b", "cb"]],
  ["a?c", ["abc"], ["a/c", "ac"]],
  ["", [], ["a"]],
])("rules %j", (rules, ignored, kept) => {
  const isIgnored = ignoreRules(rules);
  expect([...ignored, ...kept].filter(isIgnored)).toEqual(ignored);
});

test("many stars take no time", () => {
  expect(ignoreRules(`${"*a".repeat(40)}b`)(`${"a".repeat(250)}c`)).toBe(false);
  expect(ignoreRules(`${"**/a/".repeat(40)}b`)("a/".repeat(200))).toBe(false);
});

test("rules and paths of a few characters are decided as git does", async () => {
  await using folder = await temporaryFolder();
  execFileSync("git", ["init", "-q", folder.path]);
  const name = fc.stringMatching(/^[ab]{1,2}$/);
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  // Against gitignore(5), git gives two stars a meaning that are not all between slashes.
  const rule = fc
    .stringMatching(/^!?\/?(?:[ab]|\*|\*\*|\?|\[ab\]|\/){1,5}$/)
    .filter((text) => !/[^/!]\*\*|\*\*[^/]/.test(text));
  await fc.assert(
    fc.asyncProperty(
      fc.array(rule, { minLength: 1, maxLength: 4 }),
      fc.uniqueArray(path, { minLength: 12, maxLength: 20 }),
      async (rules, paths) => {
        await writeFile(join(folder.path, ".gitignore"), rules.join("\n"));
        // git exits with 1 if nothing is ignored.
        const command = 'git -C "$0" check-ignore --no-index --stdin || true';
        const said = execFileSync("sh", ["-c", command, folder.path], { input: paths.join("\n") }).toString();
        expect({ rules, ignored: paths.filter(ignoreRules(rules.join("\n"))) }).toEqual({
          rules,
          ignored: said.split("\n").filter(Boolean),
        });
      },
    ),
    { numRuns: 10 },
  );
});
