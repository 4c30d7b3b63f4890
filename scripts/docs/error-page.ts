/** Makes docs/errors.md from the tables of codes, the texts in troubleshooting/, and runs that fail. */
import { type ErrorCode, errorCodes, type WarningCode } from "voxrx";
import { warningCodes } from "../../src/warnings.ts";
import { type Advice, type Code, messageOf } from "./troubleshooting/advice.ts";
import { adviceOf, type Group, groups } from "./troubleshooting/groups.ts";
import { opening, symptoms } from "./troubleshooting/page-texts.ts";

/** Longest line of text on the page, and of a message. */
const [textLength, messageLength] = [120, 110];

/** The page. All that fails on it is run, one after another, since warnings belong to whoever runs. */
export async function errorPage(): Promise<string> {
  const sections: string[] = [];
  for (const group of groups) {
    sections.push(`## ${group.title}`);
    for (const code of codesOf(group)) sections.push(await sectionOf(code, adviceOf[code]));
  }
  return `${[opening, ...groups.map(indexOf), ...sections, symptoms].join("\n\n")}\n`;
}

/** The codes of a group, in the order of the page. */
function codesOf({ advice }: Group): readonly Code[] {
  return Object.keys(advice).filter((code): code is Code => code in adviceOf);
}

/** The table of a group at the beginning of the page, which leads to its sections. */
function indexOf(group: Group): string {
  const rows = codesOf(group).map((code) => {
    const [kind, meaning] = factsOf(code);
    return `| [\`${code}\`](#${code.toLowerCase()}) | ${kind} | ${meaning} |`;
  });
  return [`| ${group.title} | class | meaning |`, "| --- | --- | --- |", ...rows].join("\n");
}

/** What a code is of, and what it means. */
function factsOf(code: Code): readonly [kind: string, meaning: string] {
  if (isWarning(code)) return ["warning", warningCodes[code]];
  const [domain, meaning] = errorCodes[code];
  return [`\`${domain}\``, meaning];
}

function isWarning(code: Code): code is Exclude<WarningCode, ErrorCode> {
  return code in warningCodes;
}

async function sectionOf(code: Code, advice: Advice): Promise<string> {
  const [kind, meaning] = factsOf(code);
  const message = await messageOf(code, advice);
  return [
    `### ${code}`,
    wrapped(`${kind === "warning" ? "Warning" : kind}: ${meaning}.`, textLength),
    ...(message === undefined ? [] : [`\`\`\`text\n${wrapped(message, messageLength)}\n\`\`\``]),
    "**When**",
    listOf(advice.when),
    "**What to do**",
    listOf(advice.remedies),
    ...(advice.code === undefined ? [] : [`\`\`\`ts\n${advice.code}\n\`\`\``]),
  ].join("\n\n");
}

function listOf(points: readonly string[]): string {
  return points.map((point) => `- ${wrapped(point, textLength - 2).replaceAll("\n", "\n  ")}`).join("\n");
}

/** A text in lines, broken between words. */
function wrapped(text: string, length: number): string {
  const lines = text.split("\n").flatMap((line) => {
    const broken: string[] = [];
    for (const word of line.split(" ")) {
      const last = broken.at(-1);
      // A line must not begin like a list or a heading.
      const fits = last !== undefined && (last.length + 1 + word.length <= length || /^([-+*>#]|\d+[.)])/.test(word));
      if (fits) broken.push(`${broken.pop()} ${word}`);
      else broken.push(word);
    }
    return broken;
  });
  return lines.join("\n");
}

if (process.argv[1] === import.meta.filename) process.stdout.write(await errorPage());
