/** What the site does with Markdown that is made for GitHub too. */
import type { MarkdownRenderer } from "vitepress";

/** Files beside docs/ that have a page in the site, and the page. */
const pages: readonly (readonly [RegExp, string])[] = [
  [/^(CHANGELOG|CONTRIBUTING|SECURITY|FEATURES|AGENTS)\.md/, "project/$1.md"],
  [/^skills\/voxrx\/SKILL\.md/, "project/skill.md"],
  [/^examples\/([\w-]+)\/README\.md/, "project/example-$1.md"],
  [/^operators\/$/, "operators/index.md"],
];

/** Pages whose code has no types on hover: signatures are no programs, and the others would make the site too large. */
const withoutTypes = /^(api|mapping|project)\/|^errors\.md$/;

/** Links to files beside docs/ lead to their pages in the site, and blocks of some pages are left as they are. */
export function forSite(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("for-site", ({ tokens, env }) => {
    const path = String(env.relativePath ?? "");
    const depth = path.split("/").length - 1;
    for (const token of tokens) {
      if (token.type === "fence" && withoutTypes.test(path)) token.info = token.info.replace(/^ts\b/, "ts no-twoslash");
      for (const child of token.children ?? []) {
        const href = child.type === "link_open" ? child.attrGet("href") : null;
        if (href) child.attrSet("href", inSite(href, depth));
      }
    }
  });
}

function inSite(href: string, depth: number): string {
  const up = "../".repeat(depth + 1);
  if (!href.startsWith(up)) return href;
  const [file = "", anchor] = href.slice(up.length).split("#");
  const known = pages.find(([pattern]) => pattern.test(file));
  if (!known) return href;
  return `${"../".repeat(depth)}${file.replace(...known).toLowerCase()}${anchor === undefined ? "" : `#${anchor}`}`;
}
