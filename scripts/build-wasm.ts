/**
 * Compiles the loops in src/kernels/assembly to WebAssembly modules, stored as source code by `npm run build:wasm`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const here = (path: string) => fileURLToPath(new URL(`../src/kernels/${path}`, import.meta.url));

/** A module: its sources in the folder `assembly`, the file that it is written to, and the constant in that file. */
interface WasmModule {
  readonly sources: readonly string[];
  readonly file: string;
  readonly name: string;
  /** Pages of memory that it starts with. */
  readonly pages: number;
}

/** All modules. */
export const wasmModules: readonly WasmModule[] = [
  { sources: ["row-loops.ts"], file: "rows.wasm.ts", name: "rowsModule", pages: 1 },
  {
    sources: ["gather-lines.ts", "nearest-lines.ts", "transpose.ts"],
    file: "gather.wasm.ts",
    name: "gatherModule",
    pages: 1,
  },
  { sources: ["simd-values.ts"], file: "values.wasm.ts", name: "valuesModule", pages: 8 },
];

/** The content of the file that a module is written to. @throws Error with the messages of the compiler */
export async function moduleText({ sources, name, pages }: WasmModule): Promise<string> {
  const options = ["-O3", "--noAssert", "--enable", "simd", "--runtime", "stub", "--initialMemory", String(pages)];
  const entry = "module.ts";
  const textOf = (source: string) => readFileSync(here(`assembly/${source}`), "utf8");
  const text = sources.map(textOf).join("\n");
  let module: Uint8Array | undefined;
  const { error, stderr } = await asc.main([entry, ...options, "--outFile", "module.wasm"], {
    readFile: (file) => (file === entry ? text : existsSync(here(`assembly/${file}`)) ? textOf(file) : null),
    writeFile: (_name, contents) => {
      if (typeof contents !== "string") module = contents;
    },
    listFiles: () => [],
  });
  if (error || !module)
    throw new Error(`src/kernels/assembly does not compile: ${stderr.toString()}`, { cause: error });
  const base64 =
    Buffer.from(module)
      .toString("base64")
      .match(/.{1,100}/g) ?? [];
  const lines = base64.map((line) => `  "${line}"`).join(" +\n");
  const files = sources.map((source) => `assembly/${source}`).join(" and ");
  const comment = `/** Made of ${files} by \`npm run build:wasm\`: the module as base64. */`;
  return `${comment}\nexport const ${name} =\n${lines};\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const module of wasmModules) writeFileSync(here(module.file), await moduleText(module));
}
