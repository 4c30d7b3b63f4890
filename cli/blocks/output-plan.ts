/** What there is to do for an output directory: the manifest, brought up to date with what a pipeline lists. */
import { rm } from "node:fs/promises";
import { haveInputsChanged } from "../../src/blocks/block-inputs.ts";
import {
  addedManifest,
  type Block,
  isOfList,
  type Manifest,
  type ManifestOptions,
  nextManifest,
  valuesById,
  withRevisions,
} from "../../src/blocks/block-manifest.ts";
import { isIntact } from "../../src/blocks/compute-block.ts";
import type { ListedItem } from "../../src/blocks/divided-plan.ts";
import { type NumberedManifest, updateManifest } from "../../src/blocks/manifest-file.ts";
import type { OutputLayout } from "../../src/blocks/output-layout.ts";
import { PipelineError } from "../../src/errors.ts";
import { hiddenIn } from "../../src/fingerprint/content.ts";
import { rememberUrlsIn } from "../../src/http/remember-urls.ts";
import { warn } from "../../src/warnings.ts";

/** See the file. */
export class OutputPlan {
  readonly #layout: OutputLayout;
  readonly #items: readonly ListedItem[];
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #options: ManifestOptions;
  /** The latest manifest that is older than the list of items, or was made from it. */
  #seen: number;
  /** Ids of manifests that this process knows: what a later one lacks of them, it has dropped. */
  readonly #known: Set<string>;
  /** Whether another process has published a manifest since the items were listed. */
  #isStale = false;
  /** Places of the items in the list, by id. */
  readonly places: ReadonlyMap<string, number>;

  /** @param began the manifest before the items were listed */
  constructor(
    layout: OutputLayout,
    items: readonly ListedItem[],
    options: ManifestOptions,
    began: NumberedManifest | undefined,
  ) {
    this.#layout = layout;
    this.#items = items;
    this.#options = options;
    this.#values = valuesById(items);
    this.#seen = began?.number ?? 0;
    this.#known = new Set(began?.manifest.blocks.flatMap(({ items: ids }) => ids));
    this.places = new Map(items.map(({ id }, n) => [id, n]));
  }

  /** The manifest as it is to be now. @throws PipelineError `VOXRX_OTHER_PLAN` */
  bringUpToDate(): Promise<NumberedManifest> {
    return this.#update((before) =>
      before && this.#isStale
        ? addedManifest(before, this.#items, this.#known)
        : nextManifest(before, this.#items, this.#options),
    );
  }

  /** Whether a manifest is of another pipeline, or of other options: its blocks are not kept. */
  replaces(before: Manifest | undefined): before is Manifest {
    const { plan, epoch, volumes } = this.#options;
    return before !== undefined && (before.plan !== plan || before.epoch !== epoch || before.volumes !== volumes);
  }

  /** The blocks that are made from what this process has listed. */
  known({ blocks }: Manifest): readonly Block[] {
    return blocks.filter((block) => isOfList(block, this.#options, this.#values));
  }

  /**
   * Looks at blocks that are done: one whose shard is damaged is not done any more, and one whose files have changed
   * since gets a new revision, unless they are trusted.
   */
  async checkDone(manifest: NumberedManifest, blocks: readonly Block[], trusts: boolean): Promise<NumberedManifest> {
    const done = await this.#layout.done();
    const changed = new Set<string>();
    const waiting = blocks.filter(({ shard }) => done.has(shard));
    for (const { items } of waiting) for (const id of items) rememberUrlsIn(this.#values.get(id));
    const look = async () => {
      for (let block = waiting.pop(); block; block = waiting.pop()) {
        const { shard } = block;
        if (!(await isIntact(this.#layout, shard)))
          await rm(this.#layout.marker(shard), { force: true, recursive: true });
        else if (!trusts && (await haveInputsChanged(this.#layout, shard))) changed.add(shard);
      }
    };
    await Promise.all(Array.from({ length: 32 }, look));
    if (changed.size === 0) return manifest;
    return this.#update((before) => withRevisions(before ?? manifest.manifest, this.#values, changed));
  }

  async #update(make: (before: Manifest | undefined) => Manifest): Promise<NumberedManifest> {
    const made = await updateManifest(this.#layout, (latest) => {
      const before = latest?.manifest;
      this.#isStale ||= (latest?.number ?? 0) > this.#seen;
      if (this.#isStale && this.replaces(before)) throw otherPlan(this.#layout);
      return make(before);
    });
    this.#seen = made.number;
    for (const { items } of made.manifest.blocks) for (const id of items) this.#known.add(id);
    return made;
  }
}

/** Warns of the first item whose record holds something that can't be compared, so that a change of it is not noticed. */
export function warnOfHidden(items: readonly ListedItem[]): void {
  for (const { id, value } of items) {
    const hidden = hiddenIn(value);
    if (!hidden) continue;
    const where = hidden.path === "" ? "it is" : `${hidden.path} is`;
    const message = `changes in the record of item "${id}" may not be noticed: ${where} an instance of ${hidden.name}, whose content can't be read. Keep paths, numbers, text or bytes in records, and make such objects in a function of the pipeline`;
    warn({ code: "VOXRX_UNSEEN_CHANGE", message });
    return;
  }
}

/** Warns of functions whose text can't be read. @param operators those that they are given to */
export function warnOfTextless(operators: readonly string[]): void {
  if (operators.length === 0) return;
  const message = `changes of the function in ${[...new Set(operators)].join(", ")} are not noticed, since its text can't be read: it is bound, or a proxy. Give an arrow function, and what it needs as options with a version`;
  warn({ code: "VOXRX_UNSEEN_CHANGE", message });
}

function otherPlan({ dir }: OutputLayout): PipelineError {
  return new PipelineError(
    "VOXRX_OTHER_PLAN",
    `another run computes another pipeline, or one with other options, into ${dir}`,
    {
      remedy: "If this one is right, start it again; for both, choose two directories.",
    },
  );
}
