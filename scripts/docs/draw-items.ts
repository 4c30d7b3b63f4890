/** Draws what an operator does to single items. */
import type { Dataset } from "voxrx";
import { imagePicture } from "./image-picture.ts";
import { changedKeys, haveSameValues, volumesOf } from "./item-layers.ts";
import { itemLines, recordOf, sameValue } from "./item-values.ts";
import { panelsPicture } from "./panels-picture.ts";
import type { Picture } from "./picture.ts";
import type { Presentation } from "./presentations.ts";
import type { RanExample, Use } from "./run-example.ts";

/** The place where an example uses its operator first. */
export function firstUse({ uses }: RanExample): Use {
  const [use] = uses;
  if (!use) throw new Error("its example does not use it");
  return use;
}

/** The output after the last of several uses one after the other. */
export function lastOutput(ran: RanExample): Dataset<unknown> {
  let last = firstUse(ran);
  for (const use of ran.uses.slice(1)) if (use.input?.explain().startsWith(last.output.explain())) last = use;
  return last.output;
}

/** The first items of an epoch. */
export async function firstItems(dataset: Dataset<unknown>, most: number, epoch = 0): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of dataset.iterate({ epoch })) if (items.push(item) >= most) break;
  return items;
}

/** Draws an item before and after, as images or as fields. */
export async function drawItems(name: string, ran: RanExample, presentation: Presentation): Promise<Picture> {
  const { input } = firstUse(ran);
  if (!input) throw new Error("it takes datasets: it needs another drawing than that of items");
  const output = lastOutput(ran);
  const chosen = (items: unknown[]) => items.map((item) => withOnly(item, presentation.keys));
  const before = chosen(await firstItems(input, 12));
  const [first] = before;
  const isRandom = output.stage.randomCount > input.stage.randomCount;
  const items = chosen(await firstItems(output, 12));
  if (presentation.drawing === "fields") return fieldsPicture(name, first, items[0]);
  const isSeveral = before.length !== items.length;
  const afters =
    isRandom && !isSeveral
      ? await drawsOf(output, first, presentation.hasHistogram ? 10 : 3)
      : items.slice(0, isSeveral ? 4 : 1).map((item, n) => ({ name: items.length > 1 ? `item ${n}` : "after", item }));
  const keys = afters[0] ? changedKeys(first, afters[0].item) : [];
  if (keys.length === 0) return fieldsPicture(name, first, items[0]);
  const known = volumesOf(first);
  const added = keys.filter((key) => !known.has(key));
  if (added.length > 1) return addedPicture(first, items[0], added, presentation);
  if (before.length > 1 && items.length === 1) return stitchedPicture(before, items[0], keys, presentation);
  return imagePicture({ name: "before", item: first }, afters, keys, presentation);
}

/** An item with only some of its fields; all if none are named. */
function withOnly(item: unknown, keys: readonly string[]): unknown {
  const record = recordOf(item);
  if (!record || keys.length === 0) return item;
  return Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)));
}

/** Parts that become one: the first four of them are drawn, then the whole. */
function stitchedPicture(
  parts: readonly unknown[],
  whole: unknown,
  keys: string[],
  presentation: Presentation,
): Promise<Picture> {
  const [first, ...others] = parts.slice(0, 4).map((item, n) => ({ name: `item ${n}`, item }));
  if (!first) throw new Error("there are no parts");
  return imagePicture(first, [...others, { name: "after", item: whole }], keys, presentation);
}

/** New fields with volumes are drawn one by one. */
function addedPicture(
  before: unknown,
  after: unknown,
  added: readonly string[],
  presentation: Presentation,
): Promise<Picture> {
  const volumes = volumesOf(after);
  const sides = added.map((key) => ({ name: `after: ${key}`, item: volumes.get(key) }));
  return imagePicture({ name: "before", item: before }, sides, ["image"], presentation);
}

interface Draw {
  readonly epoch: number;
  readonly item: unknown;
  readonly difference: number;
}

/** Epochs in which a random operator did something: of the first `most` of them, the three in which it did most. */
async function drawsOf(
  output: Dataset<unknown>,
  before: unknown,
  most: number,
): Promise<{ name: string; item: unknown }[]> {
  const draws: Draw[] = [];
  for (let epoch = 0; epoch < 100 && draws.length < most; epoch++) {
    const [item] = await firstItems(output, 1, epoch);
    const isNew = item !== undefined && changedKeys(before, item).length > 0 && !haveSameValues(before, item);
    if (!isNew || draws.some((draw) => sameValue(draw.item, item))) continue;
    draws.push({ epoch, item, difference: differenceOf(before, item) });
  }
  const strongest = draws.toSorted((a, b) => b.difference - a.difference).slice(0, 3);
  return strongest.sort((a, b) => a.epoch - b.epoch).map(({ epoch, item }) => ({ name: `epoch ${epoch}`, item }));
}

/** How much the values of volumes differ; 0 if they have other shapes. */
function differenceOf(before: unknown, after: unknown): number {
  const known = volumesOf(before);
  let sum = 0;
  for (const [key, { samples }] of volumesOf(after)) {
    const other = known.get(key)?.samples;
    if (other?.length !== samples.length) continue;
    for (let i = 0; i < samples.length; i += 7) sum += Math.abs((samples[i] ?? 0) - (other[i] ?? 0));
  }
  return sum;
}

function fieldsPicture(name: string, before: unknown, after: unknown): Picture {
  return panelsPicture(
    { title: `item before ${name}`, lines: itemLines(before) },
    { title: `item after ${name}`, lines: itemLines(after) },
    `The fields of an item before and after ${name}`,
  );
}
