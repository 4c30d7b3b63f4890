import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import * as exported from "voxrx/operators";
import { firstSentence, withCodeLinks, withLinks } from "../../scripts/docs/doc-text.ts";
import { readMonaiPages } from "../../scripts/docs/monai-names.ts";
import { operatorPage } from "../../scripts/docs/operator-page.ts";
import { drawOperator } from "../../scripts/docs/operator-pages.ts";
import { presentationOf } from "../../scripts/docs/presentations.ts";
import { type OperatorSource, readOperators } from "../../scripts/docs/read-operators.ts";
import { runsLongTests } from "../support/long.ts";
import { filesIn, root } from "./tree.ts";

afterAll(() => rmSync(join(root, ".voxrx", "operator-pages"), { recursive: true, force: true }));

/** An operator whose docstring has this example. */
function withExample(name: string, ...lines: string[]): OperatorSource {
  const head = ['import { Dataset, type Volume } from "voxrx";', `import { ${name} } from "voxrx/operators";`];
  const kind = name === "lambda" ? "utility" : "flow";
  const example = lines.length > 0 ? [...head, ...lines].join("\n") : undefined;
  return { name, kind, path: "", doc: "", example, throws: [], parameters: [], options: [] };
}

describe("the pages of operators", () => {
  test("every operator that is exported has a docstring with an example that uses it", () => {
    const code = filesIn(["operators"], /\.ts$/).map(({ text }) => text);
    const without = Object.keys(exported).filter((name) => {
      const declared = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\n(?://.*\\n)*export (?:const|function) ${name}\\b`);
      const doc = code.map((text) => declared.exec(text)?.[1]).find((found) => found !== undefined) ?? "";
      return !new RegExp(`\`\`\`ts[^]*\\b${name}\\([^]*\`\`\``).test(doc);
    });
    expect(without).toEqual([]);
    expect(Object.keys(exported).length).toBeGreaterThan(120);
  });

  test("an operator that changes no item is refused", async () => {
    const same = withExample("map", "await Dataset.from([1, 2, 3]).pipe(map((n) => n)).toArray();");
    await expect(drawOperator(same)).rejects.toThrow("nothing changes by it");
  });

  test("an operator that changes no image is refused", async () => {
    const scans = "declare const scans: Dataset<{ image: Volume; label: Volume }>;";
    const same = withExample("lambda", scans, 'scans.pipe(lambda({ keys: "image", func: (image) => image }));');
    await expect(drawOperator(same)).rejects.toThrow("nothing changes by it");
  });

  test("an example that throws, does not use its operator, or does not exist is refused", async () => {
    const broken = withExample("take", "await Dataset.from([1]).pipe(take(-1)).toArray();");
    await expect(drawOperator(broken)).rejects.toThrow("take");
    await expect(drawOperator(withExample("take", "await Dataset.from([1]).toArray();"))).rejects.toThrow(
      "does not use it",
    );
    await expect(drawOperator(withExample("take"))).rejects.toThrow("no example");
  });

  test("the pages of the mapping to MONAI are read, with links that work from the page of an operator", () => {
    const page = readMonaiPages().find(({ names }) => names.includes("Spacingd"));
    expect(page).toMatchObject({
      page: "Spacing",
      operators: ["spacing"],
      text: expect.stringContaining("voxel size"),
    });
    const links = readMonaiPages().flatMap(({ text }) =>
      Array.from(text.matchAll(/\]\((?!http|#)([^)]+)/g), ([, to]) => to),
    );
    expect(links.filter((to) => !to?.startsWith("../mapping/monai/"))).toEqual([]);
    expect(links.length).toBeGreaterThan(3);
  });

  test("names in docstrings become links where they have pages, and codes link to the table of errors", () => {
    expect(withLinks("as ⟦batch⟧ and ⟦Volume⟧", new Set(["batch"]))).toBe("as [`batch`](batch.md) and `Volume`");
    expect(withCodeLinks("`VOXRX_NO_ITEMS`", new Set())).toBe("[`VOXRX_NO_ITEMS`](../errors.md)");
    expect(withCodeLinks("`VOXRX_NO_ITEMS`", new Set(["voxrx_no_items"]))).toBe(
      "[`VOXRX_NO_ITEMS`](../errors.md#voxrx_no_items)",
    );
  });
});

/** Compiling all operators takes some seconds. */
describe.skipIf(!runsLongTests)("what is read from the sources of operators", () => {
  const operators = runsLongTests ? readOperators() : [];
  const named = (name: string): OperatorSource => {
    const found = operators.find((operator) => operator.name === name);
    if (!found) throw new Error(`there is no operator ${name}`);
    return found;
  };

  test("every operator that is exported is found, with a sentence and an example that uses it", () => {
    expect(operators.map(({ name }) => name)).toEqual(Object.keys(exported).sort());
    const without = operators.filter(({ name, example }) => !new RegExp(`\\b${name}\\(`).test(example ?? ""));
    expect(without.map(({ name }) => name)).toEqual([]);
    expect(operators.filter(({ doc }) => firstSentence(doc).length < 12)).toEqual([]);
  });

  test("every option has a meaning", () => {
    const silent = operators.flatMap(({ name, options }) =>
      options.filter(({ doc }) => doc === "").map((one) => `${name}.${one.name}`),
    );
    expect(silent).toEqual([]);
  });

  test("options are complete, with their types and defaults, inherited ones too", () => {
    const rows = named("randZoom").options.map((row) => [row.name, row.type, row.isOptional, row.default]);
    expect(rows).toContainEqual(["prob", "number", true, "0.1"]);
    expect(rows).toContainEqual(["maxZoom", "number | readonly number[]", true, "1.1"]);
    expect(named("batch").options.map((row) => [row.name, row.isOptional, row.default])).toEqual([
      ["size", false, undefined],
      ["dropLast", true, "false"],
      ["collate", true, "stack"],
      ["layout", true, '"NCXYZ"'],
      ["padValue", true, "0"],
      ["padMethod", true, "symmetric"],
    ]);
  });

  test("a picture is the same each time, and the page has what the docstring and the plan say", async () => {
    const skip = named("skip");
    const drawn = await drawOperator(skip, presentationOf("skip", "flow"));
    expect((await drawOperator(skip)).picture.bytes).toEqual(drawn.picture.bytes);
    const page = operatorPage({
      ...{ operator: skip, image: "images/skip.svg", alt: drawn.picture.alt, facts: drawn.facts, plan: drawn.plan },
      ...{ monai: [], pages: new Set(["skip"]), anchors: new Set<string>(), repository: undefined },
    });
    expect(page).toContain(`\n\`\`\`ts\n${skip.example}\n\`\`\`\n`);
    expect(page).toContain("| `count` | `number` | *required* |");
    expect(page).toContain("an indexed dataset stays indexed");
    expect(page).toContain("`operators/flow/skip.ts`");
  });
});
