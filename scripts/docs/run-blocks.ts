/**
 * Runs every block of TypeScript on the pages as a reader would who copies it: `npm run docs:blocks [-- PAGE...]`. Blocks
 * of a page share a working directory, in which the files that they name are. It fails for a block that throws, that
 * does not end within a minute, or that leaves the process alive.
 */
import { type ChildProcess, fork } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { filesIn } from "../../test/project/tree.ts";
import { blockModule, exportsOf, operatorsOf } from "./block-module.ts";
import type { BlockOrder, BlockWord } from "./block-words.ts";
import { type NotRun, notRun } from "./blocks-not-run.ts";
import { type Block, blocksOf, type Page } from "./page-blocks.ts";
import { presentationOf } from "./presentations.ts";
import { root } from "./read-operators.ts";
import { type ArchiveServer, serveArchives } from "./serve-archives.ts";

/** What became of the blocks of some pages. */
export interface BlockRuns {
  readonly run: number;
  readonly left: readonly { readonly where: string; readonly reason: string }[];
  readonly faults: readonly BlockFault[];
}

/** A block that a reader could not use. */
export interface BlockFault {
  /** Page and line. */
  readonly where: string;
  readonly message: string;
}

/** How blocks are run. */
export interface RunBlocksOptions {
  /** Blocks that are not run. */
  readonly notRun?: readonly NotRun[];
  /** How long a block may take. Default one minute. */
  readonly timeoutMs?: number;
  /** Pages that are worked on at a time. Default 2. */
  readonly concurrency?: number;
}

const base = join(root, ".voxrx", "blocks");

/** Runs the blocks of pages. */
export async function runBlocks(pages: readonly Page[], options: RunBlocksOptions = {}): Promise<BlockRuns> {
  const { notRun: listed = [], concurrency = 2, timeoutMs = 60_000 } = options;
  const paged = pages.map(blocksOf).filter((blocks) => blocks.length > 0);
  const faults = unknownEntries(listed, paged.flat());
  const left = paged.flat().flatMap((block) => {
    const entry = listed.find((one) => isNamed(block, one));
    return entry ? [{ where: placeOf(block), reason: entry.reason }] : [];
  });
  const waiting = paged.map((blocks) => blocks.filter((block) => !listed.some((one) => isNamed(block, one))));
  const run = waiting.flat().length;
  const server = await serveArchives();
  const work = async () => {
    const runner = new Runner(timeoutMs);
    for (let blocks = waiting.shift(); blocks; blocks = waiting.shift())
      faults.push(...(await runPage(blocks, runner, server)));
    runner.end();
  };
  await Promise.all(Array.from({ length: concurrency }, work)).finally(() => server.close());
  const order = paged.flat().map(placeOf);
  const placeIn = ({ where }: BlockFault) => order.findIndex((place) => where.startsWith(place.replace(/\d+$/, "")));
  return { run, left, faults: faults.sort((one, other) => placeIn(one) - placeIn(other)) };
}

function placeOf({ page, line }: Block): string {
  return `${page}:${line}`;
}

function isNamed({ page, code }: Block, entry: NotRun): boolean {
  return page === entry.page && code.split("\n").includes(entry.line);
}

function unknownEntries(listed: readonly NotRun[], blocks: readonly Block[]): BlockFault[] {
  return listed
    .filter((entry) => blocks.filter((block) => isNamed(block, entry)).length !== 1)
    .filter(({ page }) => blocks.some((block) => block.page === page))
    .map(({ page, line }) => ({
      where: page,
      message: `no block, or several, with the line that is not run: ${line}`,
    }));
}

async function runPage(blocks: readonly Block[], runner: Runner, server: ArchiveServer): Promise<BlockFault[]> {
  const [first] = blocks;
  if (!first) return [];
  const dir = join(base, first.page.replaceAll(/[^\w]+/g, "-"));
  rmSync(dir, { recursive: true, force: true });
  const exported = new Map<string, string>();
  const faults: BlockFault[] = [];
  for (const block of blocks) {
    const { page, line, code } = block;
    const file = block.file ?? `line-${line}.ts`;
    const values = pathToFileURL(join(import.meta.dirname, "block-values.ts")).href;
    const module = blockModule(server.served(code), { values, exported, scene: sceneFor(code) });
    const fault = await runner.run({ dir, file, module, code });
    const place = Math.min(fault?.line ?? 1, code.split("\n").length - 1);
    if (fault) faults.push({ where: `${page}:${line + place - 1}`, message: fault.message });
    else for (const name of exportsOf(code)) exported.set(name, file);
  }
  return faults;
}

/** The data for the operators of a block. */
function sceneFor(code: string): string {
  const scenes = operatorsOf(code).map((name) => presentationOf(name, kinds.get(name) ?? "").scene);
  return scenes.find((scene) => scene !== "ct") ?? "ct";
}

/** The directory of each operator below `operators/`. */
const kinds: ReadonlyMap<string, string> = new Map(
  readdirSync(join(root, "operators"), { recursive: true, withFileTypes: true }).map(({ name, parentPath }) => [
    name.replace(".ts", "").replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    basename(parentPath),
  ]),
);

/** Gives blocks to a process, and replaces it after a fault. */
class Runner {
  #child: ChildProcess | undefined;
  readonly #timeoutMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Runs a block; a fault if it was not as it should be. */
  async run(order: BlockOrder): Promise<{ message: string; line: number } | undefined> {
    const child = this.#child ?? (await started());
    this.#child = child;
    const fault = await this.#outcome(child, order);
    if (fault) this.end();
    return fault;
  }

  end(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #outcome(child: ChildProcess, order: BlockOrder): Promise<{ message: string; line: number } | undefined> {
    const seconds = `${this.#timeoutMs / 1000} s`;
    return new Promise((resolve) => {
      let late = `it does not end within ${seconds}`;
      let timer: NodeJS.Timeout | undefined;
      const finish = (fault?: { message: string; line: number }) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(fault);
      };
      const limit = () => {
        clearTimeout(timer);
        timer = setTimeout(() => finish({ message: late, line: 1 }), this.#timeoutMs);
      };
      child.on("exit", (code) => finish({ message: `it ended the process with ${code}`, line: 1 }));
      child.on("message", (word: BlockWord) => {
        if (word.word === "begun" || word.word === "ended") limit();
        if (word.word === "alive") late = `it leaves the process alive for ${seconds}, by ${word.by}`;
        if (word.word === "failed") finish(word);
        if (word.word === "done") finish();
      });
      limit();
      child.send(order);
    });
  }
}

async function started(): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, "block-process.ts"), [], {
    cwd: root,
    execArgv: ["--import", "tsx"],
    env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.json") },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  await new Promise<void>((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(`the process for blocks ended with ${code} before it began`)));
  });
  child.removeAllListeners();
  return child;
}

/** The pages whose blocks are run: those that are not generated from sources. */
export function pagesToRun(): Page[] {
  return filesIn(["README.md", "CONTRIBUTING.md", "AGENTS.md", "FEATURES.md", "docs", "skills"], /\.md$/);
}

async function main(paths: readonly string[]): Promise<void> {
  const pages = pagesToRun().filter(({ path }) => paths.length === 0 || paths.includes(path));
  const begun = performance.now();
  const { run, left, faults } = await runBlocks(pages, { notRun });
  rmSync(base, { recursive: true, force: true });
  for (const { where, reason } of left) console.log(`not run: ${where} ${reason}`);
  for (const { where, message } of faults) console.error(`${where} ${message}`);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(`${run} blocks run, ${left.length} not run, ${faults.length} faults: ${seconds} s`);
  process.exit(faults.length > 0 ? 1 : 0);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(process.argv.slice(2));
