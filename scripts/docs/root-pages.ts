/** Copies the pages beside docs/ into the site: docs/project/*.md, with links that lead from there. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const pages = ["CHANGELOG", "CONTRIBUTING", "SECURITY", "FEATURES", "AGENTS"];

mkdirSync(join(root, "docs", "project"), { recursive: true });
for (const page of pages) {
  const text = readFileSync(join(root, `${page}.md`), "utf8");
  writeFileSync(join(root, "docs", "project", `${page.toLowerCase()}.md`), linkedFromProject(text));
}

/** `docs/x.md` is `../x.md` from there, `LICENSE` has no page, and the other pages lie side by side. */
function linkedFromProject(text: string): string {
  return text.replace(
    /(?<!!)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)/g,
    (_, label, path, anchor = "") => {
      if (path.startsWith("docs/")) return `[${label}](../${path.slice("docs/".length)}${anchor})`;
      const name = path.replace(/\.md$/, "");
      return pages.includes(name) ? `[${label}](${name.toLowerCase()}.md${anchor})` : label;
    },
  );
}
