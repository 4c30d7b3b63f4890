import { defineConfig } from "vitepress";
import { codeTypes } from "./code-types.ts";

export default defineConfig({
  title: "VoxRx",
  markdown: { attrs: { disable: true }, html: false, codeTransformers: [codeTypes] },
});
