import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    operators: "operators/index.ts",
    datasets: "datasets/index.ts",
    extend: "src/extend.ts",
    cli: "cli/main.ts",
    "voxrx-worker": "operators/voxrx-worker.ts",
  },
  format: "esm",
  platform: "node",
  target: "node20",
  dts: true,
  clean: true,
  fixedExtension: false,
  // Half of the code would be docstrings, which editors read from the declarations: without them it loads faster.
  outputOptions: { comments: { jsdoc: false } },
  plugins: [
    {
      // One character beyond ASCII makes V8 keep the whole file in two bytes a character, and parse it slower.
      name: "ascii",
      generateBundle(_, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== "chunk" || !file.fileName.endsWith(".js")) continue;
          file.code = file.code.replace(/[^\0-\x7f]/g, (character) => {
            return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
          });
        }
      },
    },
  ],
});
