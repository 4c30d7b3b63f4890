import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { csv } from "../datasets/csv.ts";
import { badDatalist, datalist, readListFile } from "../datasets/datalist.ts";
import { pairLabels } from "../datasets/pair-labels.ts";
import { type DirectoryItem, recognizeDirectory } from "../datasets/recognize-directory.ts";
import { classesIn } from "../datasets/task-directory.ts";
import { isVoxRxError } from "../src/errors.ts";
import { fileFault } from "../src/files/image-file.ts";
import { isUrl } from "../src/http/read-source.ts";

/** The items that paths on the command line stand for. */
export interface DatasetItems {
  /** What each path was found to be; empty for image files. */
  readonly descriptions: readonly string[];
  readonly items: readonly DirectoryItem[];
  /** Names of the label values, where a dataset says them. */
  readonly classNames: ReadonlyMap<number, string>;
  readonly modality: readonly string[];
  /** Why some of the items could not be listed. */
  readonly faults: readonly unknown[];
}

/** Lists the items of directories of any known layout, of datalists (JSON, CSV, TSV) and image files. */
export async function datasetItems(paths: readonly string[], section: string | undefined): Promise<DatasetItems> {
  const found: DatasetItems[] = [];
  for (const path of paths) found.push(await itemsAt(path, section).catch((error) => onlyFault(error)));
  const isFile = ({ descriptions, items }: DatasetItems) => descriptions.length === 0 && items.length > 0;
  const files = found.filter(isFile).flatMap(({ items }) => items.map(({ id }) => id));
  return {
    descriptions: found.flatMap(({ descriptions }) => descriptions),
    items: [
      ...found.filter((one) => !isFile(one)).flatMap(({ items }) => items),
      ...pairLabels(files).map((pair) => ({ id: pair.image, ...pair })),
    ],
    classNames: new Map(found.flatMap(({ classNames }) => [...classNames])),
    modality: [...new Set(found.flatMap(({ modality }) => modality))],
    faults: found.flatMap(({ faults }) => faults),
  };
}

const nothing: DatasetItems = { descriptions: [], items: [], classNames: new Map(), modality: [], faults: [] };

function onlyFault(error: unknown): DatasetItems {
  if (isVoxRxError(error)) return { ...nothing, faults: [error] };
  throw error;
}

async function itemsAt(path: string, section: string | undefined): Promise<DatasetItems> {
  if (isUrl(path) || /\?(series|array)=/.test(path)) return { ...nothing, items: [{ id: path, image: path }] };
  const there = await stat(path).catch((cause) => {
    throw fileFault(cause, path, "path");
  });
  if (there.isDirectory()) {
    const { description, fault, ...directory } = await recognizeDirectory(path);
    return { ...directory, descriptions: [description], faults: fault ? [fault] : [] };
  }
  if (/\.json$/i.test(path)) return listed(path, section);
  if (/\.[ct]sv$/i.test(path)) return tableRows(path);
  return { ...nothing, items: [{ id: path, image: path }] };
}

async function listed(path: string, section: string | undefined): Promise<DatasetItems> {
  const lists = await readListFile(path);
  const all = Object.keys(lists).filter(
    (name) => Array.isArray(lists[name]) && ["training", "validation", "test", "testing"].includes(name),
  );
  const names = section === undefined ? all : [section];
  if (names.length === 0) throw badDatalist(path, "it has no list named training, validation or test");
  const items: DirectoryItem[] = [];
  const counts: string[] = [];
  for (const name of names) {
    const entries = await datalist(path, { section: name }).toArray();
    counts.push(`${entries.length} in ${name}`);
    items.push(
      ...entries.map(({ image, label }) => ({
        id: String([image].flat()[0]),
        image,
        ...(label === undefined ? {} : { label }),
      })),
    );
  }
  return {
    ...nothing,
    items,
    descriptions: [`datalist ${path}: ${counts.join(", ")}`],
    classNames: classesIn(lists.labels),
  };
}

/** Paths in a table are relative to it. A label that is a number is a class. */
async function tableRows(path: string): Promise<DatasetItems> {
  const rows = await csv(path).toArray();
  if (rows.length === 0 || rows[0]?.image === undefined)
    throw badDatalist(path, "it has no column named image, or no rows");
  const at = (file: unknown) => (isUrl(String(file)) ? String(file) : resolve(dirname(path), String(file)));
  const items = rows.map(({ image, label }): DirectoryItem => {
    const item = { id: String(image), image: at(image) };
    if (typeof label !== "string" || label === "") return item;
    return /[./\\]/.test(label) ? { ...item, label: at(label) } : { ...item, className: label };
  });
  return { ...nothing, items, descriptions: [`table ${path}: ${rows.length} rows`] };
}
