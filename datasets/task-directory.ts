/** Directories in the layout of the Medical Segmentation Decathlon, and of nnU-Net, which grew out of it. */
import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import * as v from "valibot";
import { confinedTo } from "../src/format/confined-paths.ts";
import { isRecord } from "../src/item/record.ts";
import { compareNames } from "../src/name-order.ts";
import { type DatalistItem, itemsOf, readListFile } from "./datalist.ts";

/** What a task's directory holds. */
export interface TaskDirectory {
  /** Name of the task. */
  readonly task: string;
  /** Items with a label, then those without. */
  readonly items: readonly DatalistItem[];
  /** Names of the channels of an image. */
  readonly modality: readonly string[];
  /** Name of each label value. */
  readonly classNames: ReadonlyMap<number, string>;
}

const listNames = ["training", "validation", "test"];

/** The content of a directory with a `dataset.json` and lists in it, or `imagesTr`; undefined if there is neither. */
export async function taskDirectory(dir: string, files: readonly string[]): Promise<TaskDirectory | undefined> {
  const file = join(dir, "dataset.json");
  const isListed = await access(file).then(
    () => true,
    () => false,
  );
  const facts = isListed ? await readListFile(file) : {};
  const lists = listNames.filter((name) => Array.isArray(facts[name]) && facts[name].length > 0);
  const task = {
    task: basename(dir),
    modality: namesIn(facts.modality ?? facts.channel_names),
    classNames: classesIn(facts.labels),
  };
  if (lists.length > 0) {
    const place = { dir, file, confinement: await confinedTo(dir, false) };
    const items = await Promise.all(lists.map((name) => itemsOf(facts[name], place)));
    return { ...task, items: items.flat() };
  }
  const items = casesIn(dir, files);
  return items.length > 0 ? { ...task, items } : undefined;
}

/** Images are `imagesTr/CASE.EXT`, or `CASE_0000.EXT` with one file for each channel; labels `labelsTr/CASE.EXT`. */
function casesIn(dir: string, files: readonly string[]): DatalistItem[] {
  const known = new Set(files);
  const cases = new Map<string, { readonly images: string[]; readonly label: string }>();
  for (const path of files) {
    const [, part, name, , extension = ""] = /^images(Tr|Ts)\/([^/]*?)(_\d{4})?(\.[^/]*)$/.exec(path) ?? [];
    if (part === undefined) continue;
    const id = `${part}/${name}${extension}`;
    const one = cases.get(id) ?? { images: [], label: `labels${part}/${name}${extension}` };
    one.images.push(path);
    cases.set(id, one);
  }
  return [...cases.values()].map(({ images, label }) => {
    const paths = images.sort(compareNames).map((path) => join(dir, path));
    const [only = ""] = paths;
    return { image: paths.length === 1 ? only : paths, ...(known.has(label) ? { label: join(dir, label) } : {}) };
  });
}

const byNumber = v.record(v.string(), v.string());

function namesIn(given: unknown): string[] {
  if (Array.isArray(given)) return given.filter((name) => typeof name === "string");
  const names = v.safeParse(byNumber, given);
  return names.success ? Object.values(names.output) : [];
}

/** Decathlon: `{ "1": "liver" }`. nnU-Net: `{ "liver": 1 }`; regions of several values have no name of their own here. */
export function classesIn(given: unknown): Map<number, string> {
  const names = new Map<number, string>();
  for (const [key, value] of Object.entries(isRecord(given) ? given : {})) {
    if (typeof value === "string" && /^\d+$/.test(key)) names.set(Number(key), value);
    if (typeof value === "number") names.set(value, key);
    for (const one of Array.isArray(value) ? value : [])
      if (typeof one === "number") names.set(one, names.get(one) ?? key);
  }
  return names;
}
