import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "tsdown";

/**
 * Small libraries that are built in: a user installs fewer packages, and loads them when they are first used. Their
 * licenses are in dist/third-party-licenses.txt.
 */
const builtIn = [
  ...["cli-progress", "string-width", "strip-ansi", "ansi-regex", "emoji-regex", "is-fullwidth-code-point"],
  ...["commander", "csv-parse", "hash-wasm", "yauzl", "pend"],
];

/** The licenses of all packages that the modules of a bundle come from. */
function licensesOf(modules: readonly string[]): string {
  const inPackage = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//;
  const dirs = new Map(
    modules.flatMap((path) => {
      const [, dir, name] = inPackage.exec(path.replace(/^\0/, "")) ?? [];
      return dir && name ? [[name, dir] as const] : [];
    }),
  );
  const texts = [...dirs].sort().map(([name, dir]) => {
    const { version, license } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
    const file = readdirSync(dir).find((one) => /^licen[cs]e/i.test(one));
    if (!file) throw new Error(`${name} has no license text`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(dir, file), "utf8").trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

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
  deps: { onlyBundle: builtIn },
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
    {
      name: "licenses",
      generateBundle(_, bundle) {
        const modules = Object.values(bundle).flatMap((file) =>
          file.type === "chunk" ? Object.keys(file.modules) : [],
        );
        if (modules.every((path) => path.endsWith(".d.ts"))) return; // the bundle of the declarations
        this.emitFile({ type: "asset", fileName: "third-party-licenses.txt", source: licensesOf(modules) });
      },
    },
  ],
});
