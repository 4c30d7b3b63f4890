/**
 * Creates the files of a new operator: `npm run new:operator -- <kind> <name>`, with `--random`, `--item` or `--flow`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { optionsNameOf, type Skeleton, skeletonOf, type Variant } from "./operator-skeletons.ts";

/** The operator to create. */
export interface NewOperator {
  /** A directory in operators/. */
  readonly kind: string;
  /** Name of the factory, in camelCase. */
  readonly name: string;
  /** How it is declared. Default `volume`. */
  readonly variant?: Variant;
}

/**
 * Writes the files of an operator in a checkout and returns their paths: the operator, its export, its conformance case
 * and its test.
 *
 * @throws Error if the name exists already; nothing is written then
 */
export function newOperator(root: string, { kind, name, variant = "volume" }: NewOperator): string[] {
  const kinds = kindsIn(root);
  if (!kinds.includes(kind)) throw new Error(`expected a kind of operators (${kinds.join(", ")}), got ${kind}`);
  if (!/^[a-z][A-Za-z0-9]+$/.test(name)) throw new Error(`expected a name in camelCase, got ${name}`);
  const file = fileNameOf(name);
  const skeleton = skeletonOf(name, variant);
  const paths = {
    operator: `operators/${kind}/${file}.ts`,
    test: `test/operators/${kind}/${file}.test.ts`,
    index: `operators/${kind}/index.ts`,
    cases: `test/conformance/cases/${kind}.ts`,
  };
  for (const path of [paths.operator, paths.test]) {
    if (existsSync(join(root, path))) throw new Error(`${path} exists already`);
  }
  for (const other of kinds) {
    const exported = readFileSync(join(root, `operators/${other}/index.ts`), "utf8");
    if (new RegExp(`\\b${name}\\b`).test(exported)) throw new Error(`operators/${other} exports ${name} already`);
  }
  const index = readFileSync(join(root, paths.index), "utf8");
  const texts = {
    [paths.operator]: skeleton.operator,
    [paths.test]: skeleton.test,
    [paths.index]: `${index}export { type ${optionsNameOf(name)}, ${name} } from "./${file}.ts";\n`,
    [paths.cases]: withCase(readFileSync(join(root, paths.cases), "utf8"), name, skeleton),
  };
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  formatFiles(root, Object.keys(texts));
  return Object.keys(texts);
}

function kindsIn(root: string): string[] {
  const entries = readdirSync(join(root, "operators"), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** `randKSpaceSpikeNoise` is in `rand-k-space-spike-noise.ts`, `rand3DElastic` in `rand-3d-elastic.ts`. */
function fileNameOf(name: string): string {
  const words = name.replace(/([a-z])([0-9]*[A-Z])/g, "$1-$2").replace(/([A-Z0-9])([A-Z][a-z])/g, "$1-$2");
  return words.toLowerCase();
}

/** The cases of a kind with a new one at the end, and its imports. */
function withCase(text: string, name: string, { call, builder, keepsIndex }: Skeleton): string {
  const line = `  ${name}: ${builder}(fitting(() => ${call})${keepsIndex ? "" : ", false"}),\n`;
  const end = text.lastIndexOf("\n};") + 1;
  if (end === 0) throw new Error("the end of the cases was not found");
  return `${text.slice(0, end)}${line}${text.slice(end)}`.replace(
    /import \{ ([^}]*) \} from "\.\/items\.ts";/,
    (_, names: string) => {
      const all = [...new Set([...names.split(", "), "fitting", builder])].toSorted();
      return `import { ${all.join(", ")} } from "./items.ts";`;
    },
  );
}

/** Sorts exports and formats lines like `npm run format`. */
function formatFiles(root: string, paths: readonly string[]): void {
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  const args = [biome, "check", "--write", "--vcs-enabled=false", ...paths];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`biome rejects the new files: ${stdout}${stderr}`);
}

const usage = "npm run new:operator -- <kind> <name> [--random | --item | --flow]";

function main(): void {
  const flag = { type: "boolean" } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { random: flag, item: flag, flow: flag },
  });
  const [kind, name, ...others] = positionals;
  const variants = (["random", "item", "flow"] as const).filter((variant) => values[variant]);
  if (kind === undefined || name === undefined || others.length > 0 || variants.length > 1) throw new Error(usage);
  const [variant = "volume"] = variants;
  const paths = newOperator(join(import.meta.dirname, ".."), { kind, name, variant });
  console.log(`${paths.join("\n")}\n
Now complete the parts marked FILL IN, until the suite and the test pass:
  npx vitest run ${paths[1]} test/conformance/operators.test.ts -t ${name}
Then accept the new names with \`npm run api\`, and describe the operator in CHANGELOG.md.`);
}

if (process.argv[1] === import.meta.filename) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
