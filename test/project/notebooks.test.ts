import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeCells, notebookDir, notebookNames, notebookText, readNotebook } from "../../scripts/docs/notebook.ts";
import { longTest } from "../support/long.ts";
import { typeService } from "../support/type-service.ts";
import { filesIn } from "./tree.ts";

const names = notebookNames();
const pathOf = (name: string) => join(notebookDir, `${name}.ipynb`);

test("there are notebooks", () => {
  expect(names.length).toBeGreaterThan(4);
});

describe.each(names)("%s", (name) => {
  const notebook = readNotebook(pathOf(name));
  const cells = codeCells(notebook);

  test("is kept as it was run, from top to bottom, without an error", () => {
    const errors = cells.flatMap(({ outputs }) => outputs.filter(({ output_type }) => output_type === "error"));
    expect(errors).toEqual([]);
    expect(cells.filter(({ outputs }) => outputs.length > 0).length).toBeGreaterThan(cells.length / 2);
    const [file] = filesIn([join("docs", "notebooks", `${name}.ipynb`)], /\.ipynb$/);
    expect(file?.text).toBe(notebookText(notebook));
  });

  test("shows images, and is small enough to be read on a slow line", () => {
    const images = cells.flatMap(({ outputs }) =>
      outputs.filter((output) => "data" in output && Object.keys(output.data).some((type) => /image|html/.test(type))),
    );
    expect(images.length).toBeGreaterThan(0);
    expect(statSync(pathOf(name)).size).toBeLessThan(400_000);
  });

  test("names no place of the machine on which it ran", () => {
    const text = notebookText(notebook).replace(/"image\/[a-z]+": "[^"]*"/g, "");
    expect(text).not.toMatch(/\/(tmp|home|root|Users|work|mnt)\/|file:\/\//);
  });

  test("links to files that are there", () => {
    const links = notebook.cells.flatMap(({ cell_type, source }) =>
      cell_type === "markdown"
        ? Array.from(source.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g), ([, link]) => link ?? "")
        : [],
    );
    const missing = links.filter((link) => !statSync(join(notebookDir, link), { throwIfNoEntry: false }));
    expect(missing).toEqual([]);
  });
});

longTest("the code of notebooks compiles, cells of one notebook together", () => {
  const files = names.map((name) => [
    join(notebookDir, `${name}.ts`),
    `${codeCells(readNotebook(pathOf(name)))
      .map(({ source }) => `${source};\n`)
      .join("")}export {};\n`,
  ]);
  const service = typeService(Object.fromEntries(files));
  const faults = files.flatMap(([path = ""]) => service.faults(path).map((fault) => `${path}: ${fault}`));
  expect(faults).toEqual([]);
});
