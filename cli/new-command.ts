import { Command, InvalidArgumentError } from "commander";
import { printNotice } from "./print.ts";

/** A mistake in how the command is called: exit code 2. */
export class UsageError extends Error {}

/** A command with a description and examples, one a line: the arguments, two blanks or more, and what they do. */
export function newCommand(name: string, description: string, examples: readonly (readonly [string, string])[] = []) {
  const command = new Command(name).description(description).exitOverride().showSuggestionAfterError();
  command.configureHelp({ helpWidth: 100 });
  command.configureOutput({ outputError: (text) => printNotice(...text.trimEnd().split(/\n(?=\(Did you mean )/)) });
  if (examples.length === 0) return command;
  const width = Math.max(...examples.map(([args]) => args.length));
  const lines = examples.map(([args, effect]) => `  $ voxrx ${args.padEnd(width)}   ${effect}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

/** Parses an integer from 1. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && text.trim() !== "") return count;
  throw new InvalidArgumentError("Expected an integer from 1.");
}

/** Parses an integer from 0. */
export function parseIndex(text: string): number {
  const index = Number(text);
  if (Number.isSafeInteger(index) && index >= 0 && text.trim() !== "") return index;
  throw new InvalidArgumentError("Expected an integer from 0.");
}

/** Parses a number above 0. */
export function parsePositive(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError("Expected a number above 0.");
}

/** Parses numbers above 0, separated by commas. */
export function parseSizes(text: string): number[] {
  const sizes = parseNumbers(text);
  if (sizes.length <= 3 && sizes.every((size) => size > 0)) return sizes;
  throw new InvalidArgumentError("Expected one to three numbers above 0, such as 1.5 or 1,1,2.5.");
}

/** Parses numbers, separated by commas. */
export function parseNumbers(text: string): number[] {
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (numbers.every(Number.isFinite)) return numbers;
  throw new InvalidArgumentError("Expected numbers separated by commas.");
}

/** Parses a range: two numbers, the lower one first. */
export function parseRange(text: string): readonly [number, number] {
  const [low, high, ...more] = parseNumbers(text);
  if (low !== undefined && high !== undefined && low < high && more.length === 0) return [low, high];
  throw new InvalidArgumentError("Expected two numbers, the lower one first: --range=-160,240.");
}
