/** Writes FEATURES.md and docs/mapping/monai/index.md from the pages of docs/mapping/monai. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { listedPages, type MappingPage, mappingPages, pagesDir } from "./monai-pages.ts";

const signs = { have: "✅ have", differs: "🔶 differs", "not planned": "❌ not planned" };

/** What each part of MONAI is called, in the order of the tables. */
const modules: readonly (readonly [module: string, title: string])[] = [
  ["monai.transforms", "Transforms"],
  ["monai.data", "Datasets, loaders, readers and writers"],
  ["monai.data.box_utils", "Boxes"],
  ["monai.apps", "Public datasets and downloads"],
  ["monai.inferers", "Sliding windows and patches"],
  ["monai.metrics", "Metrics"],
];

/** The first part of the list that a module belongs to. */
function partOf(module: string): string {
  const parts = modules.map(([name]) => name).sort((a, b) => b.length - a.length);
  return parts.find((name) => module === name || module.startsWith(`${name}.`)) ?? module;
}

function rowOf({ page, facts }: MappingPage, links: string): string {
  const names = facts.monai.map((name) => `\`${name}\``).join(", ");
  const counterpart = facts.voxrx.map((name) => `\`${name}\``).join(", ");
  return `| [${names}](${links}${page}.md) | ${signs[facts.status]} | ${counterpart} | ${facts.note} |`;
}

function tableOf(title: string, pages: readonly MappingPage[], links: string): string {
  const rows = pages.map((page) => rowOf(page, links));
  return `## ${title}

| MONAI | status | VoxRx | in one line |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}

/** The page, with links to `links`; `docs` is where the other pages are. */
export function featuresPage(links: string, docs: string): string {
  const pages = mappingPages();
  const { monai } = listedPages();
  const unknown = pages.find(({ facts }) => !modules.some(([name]) => name === partOf(facts.module)));
  if (unknown) throw new Error(`${unknown.page}.md: no table for ${unknown.facts.module}`);
  const counts = (["have", "differs", "not planned"] as const).map((status) => {
    const those = pages.filter(({ facts }) => facts.status === status);
    return `| ${signs[status]} | ${those.length} | ${those.reduce((sum, { facts }) => sum + facts.monai.length, 0)} |`;
  });
  const tables = modules.map(([module, title]) =>
    tableOf(
      `${title} (\`${module}\`)`,
      pages.filter(({ facts }) => partOf(facts.module) === module),
      links,
    ),
  );
  return `# VoxRx beside MONAI ${monai}

Every public class and function of MONAI's data layer, and what VoxRx has in its place. Each name has a page with the
call in both, the options, and the differences. The array form of a transform and its dictionary form are one operator
in VoxRx, so they share a page.

| status | pages | names | meaning |
| --- | --- | --- | --- |
${counts.map((row, n) => `${row} ${meanings[n]} |`).join("\n")}

What holds for all of them is said once, in [Coming from MONAI](${docs}migration-from-monai.md): how options are named,
that random numbers differ from MONAI's, what happens to element types and affines. Not counted are functions that are
not part of a pipeline (\`monai.transforms.utils\`, its NumPy wrappers, \`monai.transforms.adaptors\`), inferers that cut no
patches, and metrics other than Dice and the Hausdorff distance.

This page is generated from \`docs/mapping/monai\` by \`npm run docs:features\`.

${tables.join("\n")}`;
}

const meanings = [
  "The same purpose, the options that people use, and the same results except in edge cases that the page names.",
  "There is a counterpart; options are missing, or results differ on purpose. The page lists all of it.",
  "No counterpart; the page says why, and what to do instead.",
];

/** The two places of the page, and what each must contain. */
export function featureFiles(): readonly (readonly [path: string, content: string])[] {
  return [
    [join(pagesDir, "..", "..", "..", "FEATURES.md"), featuresPage("docs/mapping/monai/", "docs/")],
    [join(pagesDir, "index.md"), featuresPage("./", "../../")],
  ];
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, content] of featureFiles()) writeFileSync(path, content);
}
