/** A process that runs blocks of pages, one after the other, and says how each went. `run-blocks.ts` starts it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeBlockFiles } from "./block-files.ts";
import type { BlockOrder, BlockWord } from "./block-words.ts";

/** What keeps this process alive while it waits for a block. */
let idle: Readonly<Record<string, number>> | undefined;
let fault: { reject(error: unknown): void } | undefined;

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => fault?.reject(error));
}
process.on("message", (order: BlockOrder) => void run(order));
process.on("disconnect", () => process.exit());
say({ word: "ready" });

async function run({ dir, file, module, code }: BlockOrder): Promise<void> {
  idle ??= resourceCounts();
  try {
    mkdirSync(dir, { recursive: true });
    process.chdir(dir);
    writeFileSync(join(dir, file), module);
    await writeBlockFiles(code);
    say({ word: "begun" });
    const failed = new Promise<never>((_, reject) => {
      fault = { reject };
    });
    await Promise.race([import(pathToFileURL(join(dir, file)).href), failed]);
    say({ word: "ended" });
    await Promise.race([quiet(), failed]);
    say({ word: "done" });
  } catch (error) {
    say({ word: "failed", ...told(error, file) });
  }
}

/** Waits until nothing that the block left keeps the process alive; says what does. */
async function quiet(): Promise<void> {
  for (let told = ""; ; ) {
    // A turn of the event loop closes what was just ended.
    await new Promise((resolve) => setTimeout(resolve, 5).unref());
    const left = Object.entries(resourceCounts()).filter(([name, count]) => count > (idle?.[name] ?? 0));
    if (left.length === 0) return;
    const text = left.map(([name]) => name).join(", ");
    if (text !== told) say({ word: "alive", by: text });
    told = text;
  }
}

function resourceCounts(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function told(error: unknown, file: string): { message: string; line: number } {
  if (!(error instanceof Error)) return { message: String(error), line: 1 };
  const line = new RegExp(`${file.replaceAll(".", "\\.")}:(\\d+)`).exec(error.stack ?? "")?.[1];
  const code = "code" in error && typeof error.code === "string" ? `${error.code} ` : "";
  return { message: `${code}${error.message}`, line: Number(line ?? 1) };
}

function say(word: BlockWord): void {
  process.send?.(word);
}
