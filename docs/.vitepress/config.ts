import { defineConfig } from "vitepress";
import { codeTypes } from "./code-types.ts";
import { forSite } from "./for-site.ts";
import { nav, sidebar } from "./navigation.ts";

export default defineConfig({
  title: "VoxRx",
  description: "Streams medical images from where they are kept to whatever trains on them.",
  lang: "en",
  cleanUrls: true,
  lastUpdated: false,
  srcExclude: ["notebooks/README.md"], // the generated index.md has it, with links to pages
  markdown: {
    // Braces and angle brackets in the pages are text.
    attrs: { disable: true },
    html: false,
    // Anchors as on GitHub, where the pages are read too.
    anchor: {
      slugify: (title) =>
        title
          .toLowerCase()
          .replace(/[^\p{L}\p{N}_\- ]/gu, "")
          .replaceAll(" ", "-"),
    },
    codeTransformers: [codeTypes],
    config: forSite,
  },
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
  themeConfig: {
    nav,
    sidebar,
    outline: [2, 3],
    search: {
      provider: "local",
      options: {
        // The words of a page, without its code: that would be compiled a second time.
        _render: (source, env, markdown) => markdown.render(source.replace(/^```[\s\S]*?^```$/gm, ""), env),
      },
    },
    footer: { message: "Apache-2.0" },
  },
});
