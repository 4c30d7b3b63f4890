import { stat, writeFile } from "node:fs/promises";
import { formatBytes } from "../src/bytes.ts";
import { FormatError } from "../src/errors.ts";
import { writeAtomically } from "../src/files/write-atomically.ts";

/** Writes a file that appears complete or not at all. A pipe or device is written to: only files can be replaced. */
export async function writeOutput(path: string, content: string | Uint8Array): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile()) await writeFile(path, content);
  else await writeAtomically(path, content, { sync: false });
}

/** Refuses to replace a file, unless that is asked for. @throws FormatError `VOXRX_WRITE_FAILED` */
export async function checkFree(path: string, force = false): Promise<void> {
  if (force) return;
  const there = await stat(path).catch(() => undefined);
  if (there?.isFile()) throw existing(path);
}

/** The error of a file that is there already. */
export function existing(file: string): FormatError {
  return new FormatError("VOXRX_WRITE_FAILED", "the file exists", { file, remedy: "Give --force to replace it." });
}

/** A number with as many digits as tell something: 0.9375, 1.5, 220. */
export function shortNumber(value: number, digits = 4): string {
  return String(Number(value.toPrecision(digits)));
}

/** A time span in words: `0.08 s`, `1.2 s`, `12 s`, `3 min 20 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Bytes per second in words. */
export function formatRate(bytes: number, seconds: number): string {
  return seconds > 0 ? `${formatBytes(bytes / seconds)}/s` : "-";
}

/** A number of things: `1 item`, `2 items`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
