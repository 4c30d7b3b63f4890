import { expect, test } from "vitest";
import { blockModule } from "../../scripts/docs/block-module.ts";
import { blocksOf } from "../../scripts/docs/page-blocks.ts";
import { runBlocks } from "../../scripts/docs/run-blocks.ts";
import { longTest } from "../support/long.ts";

/** A page with these blocks, each after a line of text. */
function pageOf(path: string, ...blocks: readonly string[]) {
  return { path, text: blocks.map((code) => `Text.\n\`\`\`ts\n${code}\n\`\`\`\n`).join("") };
}

// Like the next ones, it starts processes that read the sources; `.ci/run` runs the blocks of all pages, too.
longTest("a block that throws or gives no item is named with page and line", async () => {
  const page = pageOf(
    "docs/test-faults.md",
    "const n: number = 1;\nthrow new RangeError(String(n));",
    'import { Dataset } from "voxrx";\nDataset.from([1, 2]).pipe();\nDataset.from([]).pipe();',
    'import { readVolume } from "voxrx";\nawait readVolume("none.txt");',
  );
  const { run, faults } = await runBlocks([page], { concurrency: 1 });
  expect(run).toBe(3);
  expect(faults).toEqual([
    { where: "docs/test-faults.md:4", message: "1" },
    { where: "docs/test-faults.md:10", message: expect.stringContaining("gives no item") },
    { where: "docs/test-faults.md:15", message: expect.stringContaining("VOXRX_FILE_MISSING") },
  ]);
});

longTest("so is one that never ends, or leaves the process alive", async () => {
  const endless = pageOf("docs/test-endless.md", "await new Promise(() => undefined);", "for (;;);");
  expect((await runBlocks([endless], { timeoutMs: 2_000, concurrency: 1 })).faults).toEqual([
    { where: "docs/test-endless.md:3", message: "it does not end within 2 s" },
    { where: "docs/test-endless.md:7", message: "it does not end within 2 s" },
  ]);
  const alive = pageOf("docs/test-alive.md", "setInterval(() => undefined, 1000);");
  expect((await runBlocks([alive], { timeoutMs: 30_000, concurrency: 1 })).faults).toEqual([
    { where: "docs/test-alive.md:3", message: "it leaves the process alive for 30 s, by Timeout" },
  ]);
});

longTest("blocks of a page share files and what they export; fixtures are what a block names", async () => {
  const page = pageOf(
    "docs/test-page.md",
    '// pipeline.ts\nimport { Dataset } from "voxrx";\nimport { load } from "voxrx/operators";\nexport const scans = Dataset.from([{ image: "a.nii.gz" }]).pipe(load("image"));',
    '// next.ts\nimport { scans } from "./pipeline.ts";\nconst { image } = await scans.at(0);\nif (image.channels !== 1) throw new Error("another image");',
    'import type { Dataset } from "voxrx";\ndeclare const scans: Dataset<unknown>;\nif (scans !== (await import("./pipeline.ts")).scans) throw new Error("another dataset");',
  );
  expect(await runBlocks([page], { concurrency: 1 })).toEqual({ run: 3, left: [], faults: [] });
});

test("a block that is not run has a reason, and an entry that names no block is a fault", async () => {
  const page = pageOf("docs/test-left.md", 'throw new Error("run");');
  const entry = { page: page.path, line: 'throw new Error("run");', reason: "it needs a GPU" };
  expect(await runBlocks([page], { notRun: [entry, { ...entry, line: "gone" }] })).toEqual({
    run: 0,
    left: [{ where: "docs/test-left.md:3", reason: "it needs a GPU" }],
    faults: [{ where: "docs/test-left.md", message: expect.stringContaining("gone") }],
  });
});

test("the lines of a block stay where they are", () => {
  const [block] = blocksOf(pageOf("a.md", 'import { Dataset } from "voxrx";\n\nDataset.from([1]);'));
  const module = blockModule(block?.code ?? "", { values: "file:///values.ts", exported: new Map(), scene: "ct" });
  expect(module.split("\n")[2]).toBe("await $demo.pulled(Dataset.from([1]));");
});
