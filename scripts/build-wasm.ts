/**
 * Compiles the loops in src/kernels/assembly to a WebAssembly module, stored as source code by `npm run build:wasm`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const here = (path: string) => fileURLToPath(new URL(`../src/kernels/${path}`, import.meta.url));

/** The content of src/kernels/rows.wasm.ts. @throws Error with the messages of the compiler */
export async function rowsModuleText(): Promise<string> {
  const options = ["-O3", "--noAssert", "--enable", "simd", "--runtime", "stub", "--initialMemory", "1"];
  let module: Uint8Array | undefined;
  const { error, stderr } = await asc.main(["row-loops.ts", ...options, "--outFile", "rows.wasm"], {
    readFile: (name) => (name === "row-loops.ts" ? readFileSync(here("assembly/row-loops.ts"), "utf8") : null),
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
  const comment = "/** Made of assembly/row-loops.ts by `npm run build:wasm`: the module as base64. */";
  return `${comment}\nexport const rowsModule =\n${lines};\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(here("rows.wasm.ts"), await rowsModuleText());
