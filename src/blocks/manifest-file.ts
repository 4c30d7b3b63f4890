/**
 * The manifest on disk. Each version has a number, and a number is given once: by a hard link, which fails if the name
 * exists. `manifest.json` is a copy of the latest one.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isVoxRxError } from "../errors.ts";
import { systemCode } from "../files/disk-failure.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { publishOnce } from "../files/publish-once.ts";
import { parseJsonBytes } from "../files/read-json.ts";
import { writeAtomically } from "../files/write-atomically.ts";
import { type Manifest, manifestText, parseManifest } from "./block-manifest.ts";
import { namesIn, type OutputLayout } from "./output-layout.ts";

/** Versions that are kept. An older one is of no use. */
const keptVersions = 2;

/** A manifest with its number: 0 if only `manifest.json` is left of it. */
export interface NumberedManifest {
  readonly number: number;
  readonly manifest: Manifest;
}

/** The latest manifest of an output directory; undefined if it has none. @throws FormatError `VOXRX_BAD_MANIFEST` */
export async function readManifest(layout: OutputLayout): Promise<NumberedManifest | undefined> {
  return latestOf(layout);
}

/** The number of the latest manifest; 0 if there is none. */
export async function latestNumber(layout: OutputLayout): Promise<number> {
  return (await numbersIn(layout)).at(-1) ?? 0;
}

/**
 * Publishes what `make` returns for the latest manifest, unless that stays as it is. If another process publishes one at
 * the same time, `make` is called again with it.
 */
export async function updateManifest(
  layout: OutputLayout,
  make: (before: NumberedManifest | undefined) => Manifest,
): Promise<NumberedManifest> {
  await makeDirectory(layout.manifests);
  for (;;) {
    const latest = await latestOf(layout);
    const manifest = make(latest);
    const text = manifestText(manifest);
    const isSame = latest?.text === text && latest.number > 0 && !latest.isReplaced;
    const number = isSame ? latest.number : (latest?.number ?? 0) + 1;
    if (!isSame && !(await publishOnce(pathOf(layout, number), text))) continue;
    await publishLatest(layout);
    return { number, manifest };
  }
}

interface Version extends NumberedManifest {
  readonly text: string;
  /** Whether the version with this number is damaged, and this is an earlier one. */
  readonly isReplaced: boolean;
}

/** The latest version that can be read. What was not copied, or is damaged, is replaced by the one before. */
async function latestOf(layout: OutputLayout): Promise<Version | undefined> {
  let damage: unknown;
  const numbers = await numbersIn(layout);
  for (const number of [...numbers.reverse(), 0]) {
    const path = number === 0 ? layout.manifest : pathOf(layout, number);
    try {
      const bytes = await readFile(path);
      // The number stays that of the damaged one: a new version gets a later one.
      const manifest = parseManifest(jsonIn(bytes), path);
      return { number: numbers[0] ?? 0, text: bytes.toString(), manifest, isReplaced: damage !== undefined };
    } catch (error) {
      if (isVoxRxError(error)) damage ??= error;
      else if (systemCode(error) !== "ENOENT") throw error;
      // Removed since, because there are later ones.
      else if (number > 0 && number !== (await latestNumber(layout))) return latestOf(layout);
    }
  }
  if (damage) throw damage;
  return undefined;
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return parseJsonBytes(bytes);
  } catch {
    return undefined; // refused by the schema
  }
}

async function numbersIn({ manifests }: OutputLayout): Promise<number[]> {
  const names = await namesIn(manifests);
  const numbers = names.flatMap((name) => {
    const digits = /^(\d{6,9})\.json$/.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return numbers.sort((a, b) => a - b);
}

function pathOf({ manifests }: OutputLayout, number: number): string {
  return join(manifests, `${String(number).padStart(6, "0")}.json`);
}

/**
 * Copies the latest version to `manifest.json`, also if another process publishes one in the meantime, or if somebody
 * has removed or changed the copy.
 */
export async function publishLatest(layout: OutputLayout): Promise<void> {
  for (let published = -1; ; ) {
    const latest = await latestOf(layout);
    if (!latest || latest.number === published) break;
    const there = await readFile(layout.manifest, "utf8").catch(() => undefined);
    if (there !== latest.text) await writeAtomically(layout.manifest, latest.text);
    published = latest.number;
  }
  for (const number of (await numbersIn(layout)).slice(0, -keptVersions))
    await rm(pathOf(layout, number), { force: true });
}
