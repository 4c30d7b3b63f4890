/** Links to files beside docs/, which have pages of their own in the site. */
import type { MarkdownRenderer } from "vitepress";

const pages: Readonly<Record<string, string>> = {
  "CHANGELOG.md": "project/changelog.md",
  "CONTRIBUTING.md": "project/contributing.md",
  "SECURITY.md": "project/security.md",
  "FEATURES.md": "project/features.md",
  "AGENTS.md": "project/agents.md",
};

export function rootLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("root-links", ({ tokens, env }) => {
    const depth = String(env.relativePath ?? "").split("/").length - 1;
    const up = "../".repeat(depth + 1);
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        const href = token.type === "link_open" ? token.attrGet("href") : null;
        const target = href?.startsWith(up) ? pages[href.slice(up.length).replace(/#.*/, "")] : undefined;
        if (target) token.attrSet("href", `${"../".repeat(depth)}${target}`);
      }
    }
  });
}
