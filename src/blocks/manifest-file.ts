/**
 * The manifest on disk. Each version has a number, and a number is given once: by a hard link, which fails if the name
 * exists. `manifest.json` is a copy of the latest one.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../files/disk-failure.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { publishOnce } from "../files/publish-once.ts";
import { parseJsonBytes } from "../files/read-json.ts";
import { AtomicFile } from "../files/write-atomically.ts";
import { type Manifest, manifestText, parseManifest } from "./block-manifest.ts";
import { namesIn, type OutputLayout } from "./output-layout.ts";

/** Versions that are kept. An older one is of no use. */
const keptVersions = 2;

/** The latest manifest of an output directory; undefined if it has none. */
export async function readManifest(layout: OutputLayout): Promise<Manifest | undefined> {
  return (await latestOf(layout))?.manifest;
}

/**
 * Publishes what `make` returns for the latest manifest, unless that stays as it is. If another process publishes one at
 * the same time, `make` is called again with it.
 */
export async function updateManifest(
  layout: OutputLayout,
  make: (before: Manifest | undefined) => Manifest | Promise<Manifest>,
): Promise<Manifest> {
  await makeDirectory(layout.manifests);
  for (;;) {
    const latest = await latestOf(layout);
    const manifest = await make(latest?.manifest);
    const text = manifestText(manifest);
    const number = latest?.text === text ? latest.number : (latest?.number ?? 0) + 1;
    if (latest?.text !== text && !(await publishOnce(pathOf(layout, number), text))) continue;
    await publishLatest(layout);
    return manifest;
  }
}

interface Version {
  readonly number: number;
  readonly text: string;
  readonly manifest: Manifest;
}

async function latestOf(layout: OutputLayout): Promise<Version | undefined> {
  for (;;) {
    const number = (await numbersIn(layout)).at(-1);
    if (number === undefined) return undefined;
    const path = pathOf(layout, number);
    try {
      const bytes = await readFile(path);
      return { number, text: bytes.toString(), manifest: parseManifest(jsonIn(bytes), path) };
    } catch (error) {
      // Removed since, because there are later ones.
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }
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
    const digits = /^(\d{6,})\.json$/.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return numbers.sort((a, b) => a - b);
}

function pathOf({ manifests }: OutputLayout, number: number): string {
  return join(manifests, `${String(number).padStart(6, "0")}.json`);
}

/** Copies the latest version to `manifest.json`, also if another process publishes one in the meantime. */
async function publishLatest(layout: OutputLayout): Promise<void> {
  for (let published = -1; ; ) {
    const latest = await latestOf(layout);
    if (!latest || latest.number === published) break;
    const there = await readFile(layout.manifest, "utf8").catch(() => undefined);
    if (there !== latest.text) {
      const file = await AtomicFile.create(layout.manifest);
      try {
        await file.handle.writeFile(latest.text);
        await file.handle.sync();
        await file.publish();
      } finally {
        await file.discard();
      }
    }
    published = latest.number;
  }
  for (const number of (await numbersIn(layout)).slice(0, -keptVersions))
    await rm(pathOf(layout, number), { force: true });
}
