import { defineConfig } from "vitepress";
import { codeTypes } from "./code-types.ts";
import { forSite } from "./for-site.ts";
import { nav, sidebar } from "./navigation.ts";

/** An axial slice with a label, as a drawing. */
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#181818"/>
<ellipse cx="16" cy="16" rx="10" ry="12" fill="none" stroke="#3fb8af" stroke-width="3"/>
<ellipse cx="12.5" cy="16" rx="2" ry="4" fill="#e69f00"/><ellipse cx="19.5" cy="16" rx="2" ry="4" fill="#e69f00"/></svg>`;
const iconUrl = `data:image/svg+xml,${encodeURIComponent(icon)}`;

export default defineConfig({
  title: "VoxRx",
  description: "Streams medical images from where they are kept to whatever trains on them.",
  lang: "en",
  cleanUrls: true,
  lastUpdated: false,
  // Browsers ask for /favicon.ico where a page names no icon.
  head: [["link", { rel: "icon", href: iconUrl }]],
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
