/**
 * Compiles the loops in src/kernels/assembly to WebAssembly modules, stored as source code by `npm run build:wasm`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const here = (path: string) => fileURLToPath(new URL(`../src/kernels/${path}`, import.meta.url));

/** The modules: the file of each, without its extension, and how many pages of memory it starts with. */
const modules = { rows: { source: "row-loops", pages: 1 }, values: { source: "value-loops", pages: 8 } } as const;

/** The content of src/kernels/rows.wasm.ts or values.wasm.ts. @throws Error with the messages of the compiler */
export async function moduleText(name: keyof typeof modules): Promise<string> {
  const { source, pages } = modules[name];
  const options = ["-O3", "--noAssert", "--enable", "simd", "--runtime", "stub", "--initialMemory", String(pages)];
  let module: Uint8Array | undefined;
  const { error, stderr } = await asc.main([`${source}.ts`, ...options, "--outFile", "module.wasm"], {
    readFile: (path) => (existsSync(here(`assembly/${path}`)) ? readFileSync(here(`assembly/${path}`), "utf8") : null),
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
  const comment = `/** Made of assembly/${source}.ts by \`npm run build:wasm\`: the module as base64. */`;
  return `${comment}\nexport const ${name}Module =\n${lines};\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of ["rows", "values"] as const) writeFileSync(here(`${name}.wasm.ts`), await moduleText(name));
}
