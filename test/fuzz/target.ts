/** What fuzzing tries, and the loop that tries it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type ErrorCode, isVoxRxError } from "../../src/errors.ts";

/** What came of an input: it was read and the result is right, or it was refused. */
export type Outcome = "right" | ErrorCode;

/** One input. */
export interface FuzzInput {
  /** The bytes or the text that are read, for messages. */
  readonly shown: Uint8Array | string;
  /** Reads it, and throws if a promise is broken. */
  check(): Promise<Outcome>;
}

/** A parser with its inputs: valid ones, and those that changes made of them. */
export interface Target {
  readonly name: string;
  readonly inputs: fc.Arbitrary<FuzzInput>;
  /** How many times as costly as most its inputs are: so much fewer are tried. Default 1. */
  readonly cost?: number;
  /** Most bytes of array buffers that one input may take. Default 128 MiB. */
  readonly mostBytes?: number;
}

/** How often there was each outcome. */
export type Tally = Record<string, number>;

const megabyte = 2 ** 20;

/** Options of {@link fuzz}. */
export interface FuzzOptions {
  readonly seed: number;
  readonly tries: number;
  /** Called before each input. */
  readonly onInput?: (input: FuzzInput, n: number) => void;
}

/** Tries inputs. An input that breaks a promise is reported with what is needed to try it again. */
export async function fuzz(target: Target, { seed, tries, onInput }: FuzzOptions): Promise<Tally> {
  const tally: Tally = {};
  let n = 0;
  const property = fc.asyncProperty(target.inputs, async (input) => {
    onInput?.(input, n++);
    const outcome = await checked(input, target.mostBytes ?? 128 * megabyte);
    tally[outcome] = (tally[outcome] ?? 0) + 1;
  });
  const result = await fc.check(property, { seed, numRuns: Math.max(3, Math.ceil(tries / (target.cost ?? 1))) });
  if (!result.failed) return tally;
  const [input] = result.counterexample ?? [];
  const { errorInstance: cause } = result;
  const reason = cause instanceof Error ? cause.stack : String(cause);
  throw new Error(`${target.name}, seed ${seed}: ${input ? shownInput(input) : "no input"}\n${reason}`, { cause });
}

/** The outcome of an input, within bounds of memory. */
export async function checked(input: FuzzInput, mostBytes = 128 * megabyte): Promise<Outcome> {
  const before = process.memoryUsage().arrayBuffers;
  const outcome = await outcomeOf(input);
  const taken = process.memoryUsage().arrayBuffers - before;
  if (taken > mostBytes) throw new Error(`${Math.round(taken / megabyte)} MiB were allocated, the result: ${outcome}`);
  return outcome;
}

async function outcomeOf(input: FuzzInput): Promise<Outcome> {
  try {
    return await input.check();
  } catch (error) {
    if (isVoxRxError(error)) return error.code;
    throw error;
  }
}

/** The input as it can be pasted into a test, or the path of a file with it. */
function shownInput({ shown }: FuzzInput): string {
  if (typeof shown === "string" && shown.length < 2000) return JSON.stringify(shown);
  if (typeof shown !== "string" && shown.length < 2000) return `base64 ${Buffer.from(shown).toString("base64")}`;
  const file = join(mkdtempSync(join(tmpdir(), "voxrx-fuzz-input-")), "input");
  writeFileSync(file, shown);
  return `the file ${file}`;
}

let made: string | undefined;

/** A directory for the files of inputs. */
export function workDir(): string {
  made ??= mkdtempSync(join(tmpdir(), "voxrx-fuzz-"));
  return made;
}

/** Removes {@link workDir}. */
export function removeWorkDir(): void {
  if (made !== undefined) rmSync(made, { recursive: true, force: true });
  made = undefined;
}

/** A promise that an input broke. */
export function broken(what: string): never {
  throw new Error(what);
}
