/** A lock and its differences as text for a terminal. */
import { formatBytes } from "../src/bytes.ts";
import type { LockFacts } from "../src/inspect/lock-facts.ts";
import type { LockDifference } from "../src/lock/compare-locks.ts";
import type { Lock } from "../src/lock/lock-document.ts";
import { copiesIn, filesOfBoth, isDirectory } from "../src/lock/split-overlap.ts";
import { type Column, textTable } from "./text-table.ts";
import { counted } from "./write-output.ts";

const columns: readonly Column[] = [
  { name: "DATASET" },
  { name: "ITEMS", align: "right" },
  { name: "FILES", align: "right" },
  { name: "EPOCH", align: "right" },
  { name: "DIGEST" },
];

/** What a lock holds, as lines. */
export function lockSummary(path: string, lock: Lock): string[] {
  const rows = Object.entries(lock.datasets).flatMap(([name, { items, epochs }]) => {
    const files = lock.files.filter(({ datasets }) => datasets.includes(name)).length;
    return epochs.map(({ epoch, digest = "" }, n) => {
      const own = n === 0 ? [name, String(items), String(files)] : ["", "", ""];
      return [...own, digest === "" ? "" : String(epoch), digest.slice(0, 23) + (digest === "" ? "" : "…")];
    });
  });
  return [...textTable(columns, rows), "", `${path}: ${contentsOf(lock)}`];
}

/** `2 datasets, 18 files, 1.4 MiB` */
export function contentsOf({ datasets, files }: Lock): string {
  const bytes = bytesOf(files);
  const parts = [counted(Object.keys(datasets).length, "dataset"), counted(files.length, "file")];
  return [...parts, ...(bytes > 0 ? [formatBytes(bytes)] : [])].join(", ");
}

/** Bytes of all files. */
export function bytesOf(files: Lock["files"]): number {
  return files.reduce((sum, file) => sum + (isDirectory(file) ? 0 : (file.size ?? 0)), 0);
}

/** What should be looked at before a lock is relied on. */
export function lockWarnings(lock: Lock, facts: ReadonlyMap<string, LockFacts>): string[] {
  return [...commonWarnings(lock), ...[...facts].flatMap(([name, each]) => datasetWarnings(name, each))];
}

/** What datasets have in common: the same files, and copies. */
export function commonWarnings({ common, files }: Lock): string[] {
  return common.flatMap(({ datasets, files: shared, copies = 0 }) => {
    const both = datasets.join(" and ");
    const leak = "is a split leaking into the other?";
    const paths = () => fewOf(filesOfBoth(files, datasets).map(({ path }) => path));
    const equal = () => fewOf(copiesIn(files, datasets).map(({ paths: [first, second] }) => `${first} = ${second}`));
    return [
      ...(shared > 0 ? [`${both} have ${counted(shared, "file")} in common (${paths()}): ${leak}`] : []),
      ...(copies > 0
        ? [
            `${both} have ${counted(copies, "file")} with equal bytes under different names (${equal()}): ${leak} Only files such as empty label maps are equal by nature.`,
          ]
        : []),
    ];
  });
}

function fewOf(names: readonly string[]): string {
  return names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");
}

function datasetWarnings(name: string, facts: LockFacts): string[] {
  const { items, files, absolute } = facts;
  return [
    ...(items > 0 && files.length === 0 ? [noFileWarning(name, facts)] : []),
    ...(absolute.length > 0
      ? [
          `items of ${name} hold absolute paths (${absolute.join(", ")}): in another directory, the digest is another one`,
        ]
      : []),
  ];
}

/** Sources whose files are not recorded: one file has many items. */
const archiveSources: ReadonlySet<string> = new Set(["readShards", "tarEntries"]);

function noFileWarning(name: string, { plan, epochs }: LockFacts): string {
  const seen = epochs.every(({ digest }) => digest === undefined)
    ? "is not seen without a digest (--no-digest)"
    : "shows in the digest only, which does not name the file";
  const source = plan.find(([part]) => archiveSources.has(part))?.[0];
  return source === undefined
    ? `no file is known that items of ${name} depend on: if its functions open files, a change of them ${seen}`
    : `the archives that ${source} reads for ${name} are not in the lock: a change of their content ${seen}`;
}

const fileHeadings = [
  ["missing", "missing"],
  ["unreadable", "unreadable"],
  ["size", "of another size"],
  ["checksum", "with another content"],
] as const;

const readingHeadings = [
  ["no-longer-read", "not read any more"],
  ["newly-read", "not read before"],
] as const;

/** How many files are named. */
const mostNamed = 20;

/** Differences as lines, grouped by what they concern. */
export function differencesText(differences: readonly LockDifference[]): string[] {
  const files = differences.filter(({ path, dataset }) => path !== undefined && dataset === undefined);
  const names = [...new Set(differences.flatMap(({ dataset }) => dataset ?? []))];
  const sections = names.flatMap((name) =>
    datasetText(
      name,
      differences.filter(({ dataset }) => dataset === name),
    ),
  );
  const others = differences.filter(({ path, dataset }) => path === undefined && dataset === undefined);
  return [
    ...(files.length > 0 ? ["files", ...filesText(files, fileHeadings)] : []),
    ...sections,
    ...(others.length > 0 ? ["splits", ...others.map(({ message }) => `  ${message}`)] : []),
  ];
}

function datasetText(name: string, differences: readonly LockDifference[]): string[] {
  const facts = differences
    .filter(({ path }) => path === undefined)
    .map(({ kind, message }) => `  ${kind}: ${message}`);
  const files = differences.filter(({ path }) => path !== undefined);
  return [name, ...facts, ...(files.length > 0 ? filesText(files, readingHeadings) : [])];
}

function filesText(files: readonly LockDifference[], headings: readonly (readonly [string, string])[]): string[] {
  return headings
    .map(([kind, heading]) => ({ heading, found: files.filter((file) => file.kind === kind) }))
    .filter(({ found }) => found.length > 0)
    .flatMap(({ heading, found }) => {
      const named = found.slice(0, mostNamed).map((file) => `    ${file.path}${noteOf(file)}`);
      const more = found.length - named.length;
      const lines = more > 0 ? [...named, `    and ${counted(more, "more file")}`] : named;
      return [`  ${heading}: ${counted(found.length, "file")}`, ...lines];
    });
}

/** What the heading does not say. */
function noteOf({ kind, message }: LockDifference): string {
  return kind === "size" || kind === "unreadable" ? `: ${message}` : "";
}
