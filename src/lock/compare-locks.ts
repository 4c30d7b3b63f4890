/** What differs between a lock and the training as it is now, in words. */
import { planDifference } from "../checkpoint/plan-parts.ts";
import type { Lock, LockedDataset, LockedFile, LockedMachine } from "./lock-document.ts";

/** One difference from a lock. */
export interface LockDifference {
  readonly kind:
    | "missing"
    | "unreadable"
    | "size"
    | "checksum"
    | "no-longer-read"
    | "newly-read"
    | "export"
    | "failed"
    | "items"
    | "seeds"
    | "plan"
    | "digest"
    | "common";
  /** Name of the dataset; left out for what concerns files as such. */
  readonly dataset?: string;
  /** Path of the file as a lock has it. */
  readonly path?: string;
  readonly message: string;
}

/** The differences between two locks. `failed`: datasets that could not be run, which are not compared. */
export function compareLocks(then: Lock, now: Lock, failed: ReadonlySet<string>): LockDifference[] {
  const names = [...new Set([...Object.keys(then.datasets), ...Object.keys(now.datasets)])].sort();
  const files = fileDifferences(then, now);
  const common = commonDifferences(then, now, failed);
  const datasets = names
    .filter((name) => !failed.has(name))
    .flatMap((name) => datasetDifferences(name, then, now, ofDataset(name, then, files)));
  return [...files, ...datasets, ...common];
}

/** Whether any of the differing files is one of a dataset. */
function ofDataset(name: string, { files }: Lock, differences: readonly LockDifference[]): boolean {
  const paths = new Set(differences.map(({ path }) => path));
  return files.some(({ path, datasets }) => paths.has(path) && datasets.includes(name));
}

/** Files that both locks have, and that differ. */
function fileDifferences(then: Lock, now: Lock): LockDifference[] {
  const [before, after] = [filesByPath(then), filesByPath(now)];
  return [...before].flatMap(([path, files]) => {
    const others = after.get(path);
    return others ? (contentDifference(path, files, others) ?? []) : [];
  });
}

/** URLs that are shown alike have one path. */
function filesByPath({ files }: Lock): Map<string, LockedFile[]> {
  const byPath = new Map<string, LockedFile[]>();
  for (const file of files) byPath.set(file.path, [...(byPath.get(file.path) ?? []), file]);
  return byPath;
}

function contentDifference(
  path: string,
  then: readonly LockedFile[],
  now: readonly LockedFile[],
): LockDifference | undefined {
  const listed = (files: readonly LockedFile[], fact: (file: LockedFile) => unknown) => files.map(fact).join(", ");
  const [size, sizeNow] = [listed(then, ({ size: n }) => shownSize(n)), listed(now, ({ size: n }) => shownSize(n))];
  if (size !== sizeNow) return { kind: "size", path, message: sizeMessage(path, sizeNow, size) };
  const stateOf = (file: LockedFile) => file.sha256 ?? file.etag ?? file.lastModified;
  if (listed(then, stateOf) === listed(now, stateOf)) return undefined;
  return {
    kind: "checksum",
    path,
    message: checksumMessage(
      path,
      then.some(({ sha256 }) => sha256 !== undefined),
    ),
  };
}

/** What is said of a file with another size. */
export function sizeMessage(path: string, now: string, then: string): string {
  return `${now} ${path.endsWith("/") ? "names" : "bytes"}, not ${then}`;
}

/** A size as it is shown. */
export function shownSize(size: number | undefined): string {
  return size === undefined ? "an unknown number of" : size.toLocaleString("en");
}

/** What is said of a file with another content. */
export function checksumMessage(path: string, isLocal = true): string {
  if (path.endsWith("/")) return "other names in the directory";
  return isLocal ? "same size, other bytes" : "the server has another version (ETag or Last-Modified)";
}

function datasetDifferences(name: string, then: Lock, now: Lock, hasOtherFiles: boolean): LockDifference[] {
  const [before, after] = [then.datasets[name], now.datasets[name]];
  if (!before) {
    const message = "a dataset that the module exports now, and that is not in the lock";
    return [{ kind: "export", dataset: name, message }];
  }
  if (!after) return [{ kind: "export", dataset: name, message: "the module does not export this dataset any more" }];
  const own = [
    ...readingDifferences(name, then, now),
    ...itemDifferences(name, before, after),
    ...seedDifferences(name, before, after),
    ...planDifferences(name, before, after),
  ];
  const reasons = [
    ...(hasOtherFiles ? ["files"] : []),
    ...(own.some(({ kind }) => kind === "items" || kind.endsWith("read")) ? ["items"] : []),
    ...(own.some(({ kind }) => kind === "seeds" || kind === "plan") ? ["plan"] : []),
  ];
  const why = reasons.length > 0 ? differ(reasons) : unexplained(then.machine, now.machine);
  return [...own, ...digestDifferences(name, before, after, why)];
}

/** Files that a dataset reads and did not read, and the other way round. */
function readingDifferences(dataset: string, then: Lock, now: Lock): LockDifference[] {
  const pathsOf = ({ files }: Lock) =>
    new Set(files.filter(({ datasets }) => datasets.includes(dataset)).map(({ path }) => path));
  const [before, after] = [pathsOf(then), pathsOf(now)];
  const gone = [...before].filter((path) => !after.has(path));
  const come = [...after].filter((path) => !before.has(path));
  return [
    ...gone.map((path) => ({
      kind: "no-longer-read" as const,
      dataset,
      path,
      message: "not among its files any more",
    })),
    ...come.map((path) => ({ kind: "newly-read" as const, dataset, path, message: "not among its files before" })),
  ];
}

function itemDifferences(dataset: string, then: LockedDataset, now: LockedDataset): LockDifference[] {
  const change = now.items - then.items;
  const difference = (message: string): LockDifference[] => [{ kind: "items", dataset, message }];
  if (change > 0)
    return difference(`${now.items} items, not ${then.items}: ${change} ${change === 1 ? "was" : "were"} added`);
  if (change < 0)
    return difference(`${now.items} items, not ${then.items}: ${-change} ${change === -1 ? "was" : "were"} removed`);
  if (now.sortedIds !== then.sortedIds) return difference(`${now.items} items as before, but some have other ids`);
  return now.ids === then.ids ? [] : difference("the same items in another order");
}

function seedDifferences(dataset: string, then: LockedDataset, now: LockedDataset): LockDifference[] {
  const [before, after] = [then.seeds.join(", "), now.seeds.join(", ")];
  return before === after ? [] : [{ kind: "seeds", dataset, message: `seed ${after}, not ${before}` }];
}

function planDifferences(dataset: string, then: LockedDataset, now: LockedDataset): LockDifference[] {
  if (then.planFingerprint === now.planFingerprint) return [];
  const message = planDifference(then.plan, now.plan);
  return [{ kind: "plan", dataset, message: message ?? "it is another one" }];
}

function digestDifferences(dataset: string, then: LockedDataset, now: LockedDataset, why: string): LockDifference[] {
  const isCompared = now.epochs.some(({ digest }) => digest !== undefined);
  return then.epochs.flatMap(({ epoch, digest }): LockDifference[] => {
    if (!isCompared || digest === undefined) return [];
    const after = now.epochs.find((one) => one.epoch === epoch)?.digest;
    if (after === digest) return [];
    const other = after === undefined ? "can't be compared: it was not computed" : `gives other items: ${why}`;
    return [{ kind: "digest", dataset, message: `epoch ${epoch} ${other}` }];
  });
}

function unexplained(then: LockedMachine, now: LockedMachine): string {
  const changes = [
    ...changed("Node", then.node, now.node),
    ...changed("platform", `${then.platform} ${then.arch}`, `${now.platform} ${now.arch}`),
    ...changed("voxrx", then.voxrx, now.voxrx),
    // What comes from a warm cache was decoded earlier: a decoder on one side only says nothing.
    ...Object.entries(then.decoders).flatMap(([name, version]) => {
      const other = now.decoders[name];
      return other === undefined ? [] : changed(name, version, other);
    }),
    ...onlyIn(then, now, "was"),
    ...onlyIn(now, then, "is"),
  ];
  if (changes.length > 0) return `files, ids and plan are the same; this may explain it: ${changes.join("; ")}`;
  return [
    "nothing in the lock explains it; a function in the plan may have changed,",
    "or use the time or random numbers of its own, or fields hold other values or absolute paths",
  ].join(" ");
}

function changed(name: string, then: string, now: string): string[] {
  return then === now ? [] : [`${name} ${now}, not ${then}`];
}

function onlyIn(these: LockedMachine, others: LockedMachine, verb: "is" | "was"): string[] {
  return Object.entries(these.decoders)
    .filter(([name]) => others.decoders[name] === undefined)
    .map(([name, version]) => `${name} ${version} ${verb} used only ${verb === "is" ? "now" : "then"}`);
}

function commonDifferences(then: Lock, now: Lock, failed: ReadonlySet<string>): LockDifference[] {
  return now.common.flatMap(({ datasets, files, copies = 0 }): LockDifference[] => {
    const before = then.common.find((pair) => pair.datasets.every((name, n) => name === datasets[n]));
    if (!before || datasets.some((name) => failed.has(name))) return [];
    const both = `${datasets.join(" and ")} have`;
    const messages = [
      ...(before.files === files ? [] : [`${both} ${counted(files)} in common, not ${before.files}`]),
      ...((before.copies ?? copies) === copies
        ? []
        : [`${both} ${counted(copies)} with equal bytes under different names, not ${before.copies}`]),
    ];
    return messages.map((message) => ({ kind: "common", message }));
  });
}

function counted(files: number): string {
  return files === 1 ? "1 file" : `${files} files`;
}

/** `its files, items and plan differ` */
function differ(what: readonly string[]): string {
  const last = what.at(-1) ?? "";
  const named = what.length < 2 ? last : `${what.slice(0, -1).join(", ")} and ${last}`;
  return `its ${named} ${named === "plan" ? "differs" : "differ"}`;
}
