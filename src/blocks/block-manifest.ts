/** The manifest: which items form which block, and the name of the shard that each becomes. */
import * as v from "valibot";
import { FormatError, PipelineError } from "../errors.ts";
import { contentOf } from "../fingerprint/content.ts";
import { digest } from "../fingerprint/fingerprint.ts";
import { integerSchema, nonEmptySchema } from "../options.ts";
import type { ListedItem } from "./divided-plan.ts";

/** What decides the content of all shards. */
export interface BlockSettings {
  /** Digest of the plan. */
  readonly plan: string;
  readonly epoch: number;
  /** Format of images whose field has no extension of its own. */
  readonly volumes: "nii" | "nii.gz";
}

/** Some items that are computed together, and become one shard. */
export interface Block {
  /** Its number, which stays the same. */
  readonly block: number;
  /** How many times its items had to be computed from scratch because a file of theirs had changed. */
  readonly revision: number;
  /** Name of its shard: the number, and a digest of all that decides the content. */
  readonly shard: string;
  readonly items: readonly string[];
}

/** See the file. */
export interface Manifest extends BlockSettings {
  readonly version: 1;
  /** Items of a block, at most. */
  readonly blockSize: number;
  /** Number of the next block. Numbers are not used again. */
  readonly next: number;
  readonly blocks: readonly Block[];
}

const fromZero = v.pipe(integerSchema, v.minValue(0));
const shape = v.object({
  version: v.literal(1),
  plan: nonEmptySchema,
  epoch: fromZero,
  volumes: v.picklist(["nii", "nii.gz"]),
  blockSize: v.pipe(integerSchema, v.minValue(1)),
  next: fromZero,
  blocks: v.array(
    v.object({
      block: fromZero,
      revision: fromZero,
      shard: v.pipe(v.string(), v.regex(/^block-\d{6,}-[0-9a-f]{12}\.tar$/)),
      items: v.pipe(v.array(v.string()), v.minLength(1)),
    }),
  ),
});

const schema = v.pipe(
  shape,
  v.check(({ blocks }) => allDiffer(blocks.map(({ block }) => block)), "a block is listed twice"),
  v.check(({ blocks }) => allDiffer(blocks.flatMap(({ items }) => items)), "an item is in two blocks"),
  v.check(
    ({ blocks, next }) => blocks.every(({ block }) => block < next),
    "a block has a number that is not given yet",
  ),
);

function allDiffer(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

/** @throws FormatError `VOXRX_BAD_MANIFEST` */
export function parseManifest(content: unknown, file: string): Manifest {
  const read = v.safeParse(schema, content);
  if (read.success) return read.output;
  throw new FormatError("VOXRX_BAD_MANIFEST", "the manifest of the blocks is damaged, or of a later version", {
    file,
    cause: new v.ValiError(read.issues),
    remedy: "Choose another directory, or remove this one and run the pipeline again.",
  });
}

/** The manifest as text, a block a line. */
export function manifestText({ blocks, ...head }: Manifest): string {
  const lines = blocks.map((block) => JSON.stringify(block));
  return `${JSON.stringify(head).slice(0, -1)},"blocks":[\n${lines.join(",\n")}\n]}\n`;
}

/** Number of items in a block where nobody says it: a 64th of all, at most 64. */
export function usualBlockSize(items: number): number {
  return Math.min(64, Math.max(1, Math.ceil(items / 64)));
}

/**
 * The manifest for the items that there are now. Items that have a block stay in it, ids that are new form new blocks
 * at the end, and those that are gone leave theirs. A block whose content differs gets another shard.
 *
 * @throws PipelineError `VOXRX_REPEATED_ID`, `VOXRX_NO_ITEMS`
 */
export function nextManifest(
  before: Manifest | undefined,
  items: readonly ListedItem[],
  { blockSize, ...settings }: ManifestOptions,
): Manifest {
  const values = valuesById(items);
  // A directory that is not mounted is more likely than one that has been emptied on purpose.
  if (values.size === 0) {
    throw new PipelineError("VOXRX_NO_ITEMS", "the plan has no items", {
      remedy: "Look at its source: a directory may be empty.",
    });
  }
  const kept = (before?.blocks ?? []).flatMap((block) => {
    const ids = block.items.filter((id) => values.has(id));
    return ids.length > 0 ? [named({ ...block, items: ids }, settings, values)] : [];
  });
  const size = blockSize ?? before?.blockSize ?? usualBlockSize(items.length);
  const empty = { version: 1, ...settings, blockSize: size, next: before?.next ?? 0, blocks: kept } as const;
  return withNewIds(empty, items, values);
}

/**
 * A manifest that another process has published since the items were listed, with those that it can't know of. What it
 * says of all others is later than the list: blocks stay as they are, and `known` ids that it has not, it has dropped.
 */
export function addedManifest(later: Manifest, items: readonly ListedItem[], known: ReadonlySet<string>): Manifest {
  return withNewIds(
    later,
    items.filter(({ id }) => !known.has(id)),
    valuesById(items),
  );
}

function withNewIds(before: Manifest, items: readonly ListedItem[], values: ReadonlyMap<string, unknown>): Manifest {
  const placed = new Set(before.blocks.flatMap((block) => block.items));
  const added = items.filter(({ id }) => !placed.has(id)).map(({ id }) => id);
  const blocks = [...before.blocks];
  let { next } = before;
  for (let from = 0; from < added.length; from += before.blockSize)
    blocks.push(
      named({ block: next++, revision: 0, items: added.slice(from, from + before.blockSize) }, before, values),
    );
  return { ...before, next, blocks };
}

/** Whether a block is made from what the list has of its items. */
export function isOfList(block: Block, settings: BlockSettings, values: ReadonlyMap<string, unknown>): boolean {
  return block.items.every((id) => values.has(id)) && named(block, settings, values).shard === block.shard;
}

/** Options of {@link nextManifest}. */
export interface ManifestOptions extends BlockSettings {
  readonly blockSize: number | undefined;
}

/** The manifest after files of some blocks have changed. */
export function withRevisions(
  manifest: Manifest,
  values: ReadonlyMap<string, unknown>,
  changed: ReadonlySet<string>,
): Manifest {
  const blocks = manifest.blocks.map((block) =>
    changed.has(block.shard) ? named({ ...block, revision: block.revision + 1 }, manifest, values) : block,
  );
  return { ...manifest, blocks };
}

function named(
  { block, revision, items }: Omit<Block, "shard">,
  { plan, epoch, volumes }: BlockSettings,
  values: ReadonlyMap<string, unknown>,
): Block {
  const all = [1, plan, epoch, volumes, revision, items.map((id) => [id, contentOf(values.get(id))])];
  const name = `block-${String(block).padStart(6, "0")}-${digest(JSON.stringify(all)).slice(0, 12)}.tar`;
  return { block, revision, shard: name, items };
}

/** The records of items, by id. @throws PipelineError `VOXRX_REPEATED_ID` */
export function valuesById(items: readonly ListedItem[]): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const { id, value } of items) {
    if (values.has(id)) {
      throw new PipelineError("VOXRX_REPEATED_ID", `two items have the id "${id}"`, {
        item: id,
        remedy: "Give each item its own id: Dataset.from(list, { id: (item) => ... }).",
      });
    }
    values.set(id, value);
  }
  return values;
}
