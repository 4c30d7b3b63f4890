import { createHash } from "node:crypto";
import { decodersInUse } from "../files/decoders-in-use.ts";
import type { Inspection } from "../plan/inspection.ts";
import type { Run, Stage } from "../plan/stage.ts";
import { eachEntry } from "./each-entry.ts";
import { itemText } from "./item-text.ts";
import { epochOf, seedsOf } from "./plan-facts.ts";

/** One hash for the items of an epoch, and what may explain another one on another machine. */
export class EpochDigest {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Number of items. */
  readonly items: number;
  readonly epoch: number;
  /** Seeds of the sources. */
  readonly seeds: readonly (number | string)[];
  /** Version of Node. */
  readonly node: string;
  readonly arch: string;
  readonly platform: string;
  /** Libraries that decode compressed data and were used in this process, with their versions. */
  readonly decoders: Readonly<Record<string, string>>;

  constructor(facts: Pick<EpochDigest, "digest" | "items" | "epoch" | "seeds">) {
    this.digest = facts.digest;
    this.items = facts.items;
    this.epoch = facts.epoch;
    this.seeds = facts.seeds;
    // For information only: nothing differs by them.
    const { version, arch, platform } = process;
    this.node = version;
    this.arch = arch;
    this.platform = platform;
    this.decoders = decodersInUse();
  }

  /** The digest and what it is of, as lines of text. */
  toString(): string {
    const { digest, items, epoch, seeds, node, platform, arch, decoders } = this;
    const libraries = Object.entries(decoders).map(([name, version]) => `${name} ${version}`);
    return [
      digest,
      `${items} items of epoch ${epoch}, seed ${seeds.join(", ")}`,
      `Node ${node} on ${platform} ${arch}, ${libraries.join(", ")}`,
    ].join("\n");
  }
}

/** What else is wanted of the run that makes a digest. */
export interface DigestListeners {
  /** See {@link Inspection.onFile}. */
  readonly onFile?: Inspection["onFile"];
  /** Called with each item, in order. */
  readonly onItem?: (id: string, item: unknown) => void;
}

/** The digest of all items of a run. */
export async function digestItems(
  stage: Stage<unknown>,
  run: Run,
  { onFile, onItem }: DigestListeners = {},
): Promise<EpochDigest> {
  const hash = createHash("sha256");
  let items = 0;
  await eachEntry(stage, { ...run, inspection: { isSilent: true, onFile } }, ({ id, value }) => {
    hash.update(itemText(id, value));
    items++;
    onItem?.(id, value);
    return false;
  });
  const facts = { epoch: epochOf(stage, run.epoch) ?? run.epoch, seeds: seedsOf(stage, run) };
  return new EpochDigest({ digest: `sha256:${hash.digest("hex")}`, items, ...facts });
}
