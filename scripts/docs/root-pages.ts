/**
 * Pages of the site that are made of files beside docs/, in docs/project/: the project's own pages, and one for each
 * example with its README and its program. Their links lead to pages of the site.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const target = join(root, "docs", "project");
const examples = readdirSync(join(root, "examples")).filter((name) =>
  existsSync(join(root, "examples", name, "README.md")),
);

/** From the file to the page, both from the top directory. */
const pages = new Map<string, string>([
  ...["CHANGELOG", "CONTRIBUTING", "SECURITY", "FEATURES", "AGENTS"].map((name): [string, string] => [
    `${name}.md`,
    `docs/project/${name.toLowerCase()}.md`,
  ]),
  ["skills/voxrx/SKILL.md", "docs/project/skill.md"],
  ...examples.map((name): [string, string] => [`examples/${name}/README.md`, `docs/project/example-${name}.md`]),
]);

mkdirSync(target, { recursive: true });
for (const [file, page] of pages) {
  const text = readFileSync(join(root, file), "utf8").replace(/^---\n[\s\S]*?\n---\n/, "");
  writeFileSync(join(root, page), `${withPageLinks(text, dirname(file))}${programOf(file)}`);
}
const sidebar = examples.map((text) => ({ text, link: `/project/example-${text}` }));
writeFileSync(join(target, "examples-sidebar.json"), JSON.stringify(sidebar));

/** Links to files that have a page lead to that; others, such as LICENSE, are only text. */
function withPageLinks(text: string, dir: string): string {
  return text.replace(
    /(?<!!)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)/g,
    (_, label, path, anchor = "") => {
      const file = join(dir, path);
      const page = pages.get(file) ?? (/^docs\/.*\.md$/.test(file) ? file : undefined);
      return page ? `[${label}](${relative("docs/project", page)}${anchor})` : label;
    },
  );
}

/** The program of an example, below its README. */
function programOf(file: string): string {
  if (!file.startsWith("examples/")) return "";
  const program = join(dirname(file), "main.ts");
  return `\n## The program\n\n\`${program}\`\n\n\`\`\`ts\n${readFileSync(join(root, program), "utf8")}\`\`\`\n`;
}
