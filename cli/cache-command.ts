import { createInterface } from "node:readline/promises";
import { formatBytes, parseBytes } from "../src/bytes.ts";
import { type ListedEntry, readLmdbStore, type StoreReader } from "../src/cache/lmdb/lmdb-reader.ts";
import { lmdbStore } from "../src/cache/lmdb/lmdb-store.ts";
import type { Store } from "../src/cache/store.ts";
import { visible } from "../src/visible-text.ts";
import { newCommand } from "./new-command.ts";
import { checkInputDir } from "./path-arguments.ts";
import { print, printJson } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { textTable } from "./text-table.ts";
import { counted } from "./write-output.ts";

interface JsonOption {
  readonly json?: boolean;
}

/** `voxrx cache stats|ls|verify|prune|clear PATH`: manages an `lmdbStore`. */
export function cacheCommand() {
  return newCommand("cache", "Looks into a cache that lmdbStore(PATH) made, and removes entries.", [
    ["cache stats cache", "number and size of the entries"],
    ["cache verify cache", "read every entry; exit code 1 if one is damaged"],
    ["cache prune cache --max-bytes 10GiB", "remove stale entries, then those not used for longest"],
  ])
    .hook("preAction", (_, { args: [path = ""] }) => checkInputDir("<path>", path, "the directory of a cache"))
    .addHelpText("after", "\nOnly verify --remove, prune and clear change a cache. Other directories are refused.")
    .addCommand(statsCommand())
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(pruneCommand())
    .addCommand(clearCommand());
}

const dirArgument = ["<path>", "directory of the cache"] as const;
const jsonOption = ["--json", "JSON on stdout"] as const;

function statsCommand() {
  return newCommand("stats", "Shows the number and size of the entries.")
    .argument(...dirArgument)
    .option(...jsonOption)
    .action(async (path: string, { json }: JsonOption) => {
      await using store = await readLmdbStore(path);
      const { entries, bytes } = store.totals();
      const used = store.list().map(({ usedMs }) => usedMs);
      const facts = {
        entries,
        bytes,
        ...(used.length > 0 ? { oldestUse: isoOf(used.at(-1)), lastUse: isoOf(used[0]) } : {}),
      };
      if (json) printJson({ path, ...facts, compression: store.compression });
      else print(`${counted(entries, "entry", "entries")}, ${formatBytes(bytes)}${usedText(used)}`);
    });
}

function usedText(usedMs: readonly number[]): string {
  const [last, oldest] = [usedMs[0], usedMs.at(-1)];
  if (last === undefined || oldest === undefined) return "";
  return `, used between ${timeOf(oldest)} and ${timeOf(last)}`;
}

function listCommand() {
  return newCommand("ls", "Lists the entries, those used last first.")
    .argument(...dirArgument)
    .option("--json", "one JSON record per line")
    .action(async (path: string, { json }: JsonOption) => {
      await using store = await readLmdbStore(path);
      const entries = store.list();
      if (json) for (const entry of entries) printJson({ ...entry, usedMs: undefined, lastUse: isoOf(entry.usedMs) });
      else if (entries.length > 0) print(...entryTable(entries));
    });
}

function entryTable(entries: readonly ListedEntry[]): string[] {
  return textTable(
    [{ name: "ENTRY" }, { name: "SIZE", align: "right" }, { name: "LAST USE" }, { name: "MADE FROM" }],
    entries.map(({ id, bytes, usedMs, files }) => {
      const more = files.length > 1 ? ` and ${counted(files.length - 1, "more file")}` : "";
      return [id.slice(0, 16), formatBytes(bytes), timeOf(usedMs), `${files[0] ?? ""}${more}`];
    }),
  );
}

function verifyCommand() {
  return newCommand("verify", "Reads every entry and reports the damaged ones.")
    .argument(...dirArgument)
    .option("--remove", "remove the damaged entries; pipelines compute them again")
    .option(...jsonOption)
    .action(async (path: string, { json, remove = false }: JsonOption & { readonly remove?: boolean }) => {
      const line = new ProgressLine();
      const reader = await readLmdbStore(path);
      const { checked, damaged } = await (async () => {
        await using store = reader;
        const { entries } = store.totals();
        return await store.verify((read) => line.show(() => `${read}/${entries} entries`));
      })();
      line.clear();
      if (damaged.length > 0 && remove) await changed(path, reader, (store) => store.verify());
      const removed = remove ? damaged.length : 0;
      if (json) printJson({ path, checked, damaged, removed });
      else {
        for (const { id, fault } of damaged) print(`${id}: ${fault}`);
        const advice = damaged.length === 0 ? "" : remove ? " and removed" : " (--remove removes them)";
        print(`${counted(checked, "entry", "entries")} read, ${damaged.length} damaged${advice}`);
      }
      if (damaged.length > removed) process.exitCode = 1;
    });
}

function pruneCommand() {
  return newCommand("prune", "Removes entries whose files have changed, then those not used for longest.")
    .argument(...dirArgument)
    .option("--max-bytes <bytes>", 'size to keep, such as "10GiB" (default: only stale entries are removed)')
    .option(...jsonOption)
    .action(async (path: string, { json, maxBytes }: JsonOption & { readonly maxBytes?: string }) => {
      const most = maxBytes === undefined ? Number.MAX_SAFE_INTEGER : parseBytes(maxBytes, "--max-bytes");
      const reader = await readLmdbStore(path);
      await reader[Symbol.asyncDispose]();
      const { dropped, bytes } = await changed(path, reader, (store) => store.prune(most));
      if (json) printJson({ path, removed: dropped, bytes });
      else print(`${counted(dropped, "entry", "entries")} removed, ${formatBytes(bytes)} left`);
    });
}

function clearCommand() {
  return newCommand("clear", "Removes all entries; pipelines compute them again. Asks first on a terminal.")
    .argument(...dirArgument)
    .option("-y, --yes", "do not ask")
    .action(async (path: string, { yes = false }: { readonly yes?: boolean }) => {
      const reader = await readLmdbStore(path);
      const { entries, bytes } = reader.totals();
      await reader[Symbol.asyncDispose]();
      const what = `${counted(entries, "entry", "entries")} (${formatBytes(bytes)})`;
      if (!yes && process.stdin.isTTY && !(await isConfirmed(`Remove ${what} from ${visible(path)}? [y/N] `))) return;
      await changed(path, reader, (store) => store.clear());
      print(`${what} removed`);
    });
}

async function isConfirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(question).finally(() => terminal.close());
  return /^y(es)?$/i.test(answer.trim());
}

/** Opens a store, which is known to be one, to change it. */
async function changed<T>(
  path: string,
  { compression }: StoreReader,
  change: (store: Store) => Promise<T>,
): Promise<T> {
  await using store = lmdbStore(path, { compression, maxBytes: Number.MAX_SAFE_INTEGER, onDamage: () => undefined });
  return await change(store); // before the store is closed
}

function isoOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** Local time to the minute: `2026-03-01 14:05`. */
function timeOf(ms: number): string {
  const at = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
