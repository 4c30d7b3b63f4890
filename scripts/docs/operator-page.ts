/** The page of an operator, as Markdown. */
import { inCell, withCodeLinks, withLinks, withoutTags } from "./doc-text.ts";
import type { MonaiPage } from "./monai-names.ts";
import type { Fact } from "./operator-facts.ts";
import type { OptionRow } from "./option-rows.ts";
import type { OperatorSource } from "./read-operators.ts";

/** What a page consists of. */
export interface PageParts {
  readonly operator: OperatorSource;
  /** Path of the picture, from the page. */
  readonly image: string;
  readonly alt: string;
  readonly facts: readonly Fact[];
  readonly plan: string;
  readonly monai: readonly MonaiPage[];
  /** Names of all operators, which have pages. */
  readonly pages: ReadonlySet<string>;
  /** The codes of errors that have a place of their own on the page of errors. */
  readonly anchors: ReadonlySet<string>;
  /** Where the repository can be seen; undefined if nowhere. */
  readonly repository: string | undefined;
}

const fence = "```";

/** Where options come from that every operator on volumes has. */
const fieldRows: readonly OptionRow[] = [
  {
    name: "keys",
    type: "string | readonly string[]",
    aliases: new Map(),
    isOptional: true,
    default: undefined,
    doc: "Names of the fields to work on. Leave out for a dataset of bare volumes.",
  },
  {
    name: "allowMissingKeys",
    type: "boolean",
    aliases: new Map(),
    isOptional: true,
    default: "false",
    doc: "Whether an item without one of the fields passes with that field left out. Default false: it is an error.",
  },
];

/** The options of an operator with those for its fields. */
function allOptions({ options }: OperatorSource, facts: readonly Fact[]): readonly OptionRow[] {
  const onVolumes = facts.some(([about, text]) => about === "works on" && text.startsWith("volumes"));
  if (!onVolumes) return options;
  return [...fieldRows.filter(({ name }) => !options.some((option) => option.name === name)), ...options];
}

/** Writes the page of an operator. */
export function operatorPage(parts: PageParts): string {
  const { operator, image, alt, plan } = parts;
  const { name, doc, example = "" } = operator;
  return [
    `# ${name}`,
    prose(doc, parts),
    `![${alt}](${image})`,
    `## Example\n\n${fence}ts\n${example}\n${fence}`,
    ...optionsSection(parts),
    ...factsSection(parts),
    plan === "" ? "" : `In the plan of this example (\`explain()\`):\n\n${fence}text\n${plan}\n${fence}`,
    ...errorsSection(parts),
    ...monaiSection(parts),
    sourceSection(parts),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function prose(text: string, { pages, anchors }: PageParts): string {
  return withoutTags(withCodeLinks(withLinks(text, pages), anchors));
}

function optionsSection(parts: PageParts): string[] {
  const { operator, facts } = parts;
  const rows = allOptions(operator, facts);
  const given = operator.parameters.filter(({ name }) => name !== "options");
  const lines: string[] = [];
  if (given.length > 0) {
    lines.push(
      "| argument | type |\n| --- | --- |\n".concat(
        given.map(({ name, type }) => `| \`${name}\` | ${codeCell(type)} |`).join("\n"),
      ),
    );
  }
  if (rows.length > 0) {
    lines.push(
      "| option | type | default | meaning |\n| --- | --- | --- | --- |\n".concat(
        rows.map((row) => optionLine(row, parts)).join("\n"),
      ),
    );
  }
  const aliases = new Map(rows.filter(({ type }) => /\b[A-Z]/.test(type)).flatMap(({ aliases: own }) => [...own]));
  const used = [...aliases].filter(([name]) => rows.some(({ type }) => new RegExp(`\\b${name}\\b`).test(type)));
  if (used.length > 0) lines.push(used.map(([name, text]) => `\`${name}\` is \`${text}\`.`).join("  \n"));
  return lines.length > 0 ? ["## Options", ...lines] : [];
}

function optionLine(row: OptionRow, parts: PageParts): string {
  const standard = row.isOptional
    ? row.default === undefined
      ? ""
      : inCell(withoutTags(shownDefault(row.default)))
    : "*required*";
  return `| \`${row.name}\` | ${codeCell(row.type)} | ${standard} | ${inCell(prose(row.doc, parts))} |`;
}

/** Values as code, descriptions as text. */
function shownDefault(text: string): string {
  return /^(".*"|-?[\d.,]+|true|false|null|\[.*\])$/.test(text) ? `\`${text}\`` : text;
}

/** Code in a cell of a table, where a bar would end the cell. */
function codeCell(code: string): string {
  return `\`${code.replaceAll("|", "\\|")}\``;
}

function factsSection({ facts }: PageParts): string[] {
  if (facts.length === 0) return [];
  return [
    "## Properties",
    ["| | |", "| --- | --- |", ...facts.map(([about, text]) => `| ${about} | ${text} |`)].join("\n"),
  ];
}

function errorsSection(parts: PageParts): string[] {
  const { throws } = parts.operator;
  if (throws.length === 0) return [];
  return ["## Errors", throws.map((text) => `- ${prose(text.replaceAll("\n", " "), parts)}`).join("\n")];
}

function monaiSection({ monai }: PageParts): string[] {
  if (monai.length === 0) return [];
  const entries = monai.map(({ page, names, status, text }) => {
    const shown = names.map((name) => `\`${name}\``).join(", ");
    return `[${shown}](../mapping/monai/${page}.md): ${status}.${text === "" ? "" : `\n\n${text}`}`;
  });
  return ["## In MONAI", entries.join("\n\n")];
}

function sourceSection({ operator: { path }, repository }: PageParts): string {
  const source = repository === undefined ? `\`${path}\`` : `[\`${path}\`](${repository}/blob/main/${path})`;
  return `## Source\n\n${source}`;
}
