import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    operators: "operators/index.ts",
    datasets: "datasets/index.ts",
    extend: "src/extend.ts",
    cli: "cli/main.ts",
  },
  format: "esm",
  platform: "node",
  target: "node20",
  dts: true,
  clean: true,
  fixedExtension: false,
  // Half of the code would be docstrings, which editors read from the declarations: without them it loads faster.
  outputOptions: { comments: { jsdoc: false } },
});
