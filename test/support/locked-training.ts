/** A small training in a directory, and its lock. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Dataset } from "voxrx";
import { load, randFlip, scaleIntensity } from "voxrx/operators";
import { lockFacts } from "../../src/inspect/lock-facts.ts";
import { checkLock } from "../../src/lock/check-lock.ts";
import type { LockDifference } from "../../src/lock/compare-locks.ts";
import { FileHasher } from "../../src/lock/hash-files.ts";
import { type Lock, lockText, readLock } from "../../src/lock/lock-document.ts";
import { makeLock } from "../../src/lock/make-lock.ts";
import { niftiFile } from "./nifti-file.ts";

/** Writes scans named `NAME.nii`, 2 x 2 x 2, each with other voxels. */
export async function writeScans(dir: string, names: readonly string[], descrip = ""): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const [n, name] of names.entries()) {
    const values = Array.from({ length: 8 }, (_, at) => 10 * n + at);
    await writeFile(join(dir, `${name}.nii`), niftiFile({ type: "uint8", dims: [2, 2, 2], values, descrip }).single);
  }
}

/** Scans of a directory that exist, with ids. */
export function listedScans(dir: string, names: readonly string[], seed = 0) {
  const items = names.map((subject) => ({ subject, image: join(dir, `${subject}.nii`) }));
  return Dataset.from(items, { seed, id: ({ subject }) => subject });
}

/** Those scans, loaded and flipped at random. */
export function scansIn(dir: string, names: readonly string[], { seed = 0, prob = 0.5 } = {}) {
  return listedScans(dir, names, seed).pipe(
    load(["image"]),
    scaleIntensity({ keys: "image" }),
    randFlip({ keys: "image", prob, spatialAxis: 0 }),
  );
}

type Splits = Readonly<Record<string, Dataset<unknown>>>;

interface LockInit {
  readonly epochs?: number;
  readonly digest?: boolean;
  readonly hashPaths?: boolean;
}

async function factsOf(splits: Splits, { epochs = 1, digest = true }: LockInit) {
  const facts = Object.entries(splits).map(async ([name, split]) => {
    return [name, await split[lockFacts]({ epochs, digest })] as const;
  });
  return new Map(await Promise.all(facts));
}

/** The lock of some splits, as if it were written to `lockFile`, and its text. */
export async function lockOf(
  splits: Splits,
  lockFile: string,
  init: LockInit = {},
): Promise<{ readonly lock: Lock; readonly text: string }> {
  const file = resolve(lockFile);
  const settings = { lockFile: file, hashPaths: init.hashPaths ?? false, voxrx: "0.0.0" };
  const lock = await makeLock(await factsOf(splits, init), new FileHasher(file), settings);
  return { lock, text: lockText(lock) };
}

/** What differs from the text of a lock. A split that fails is given as its error. */
export async function differencesFrom(
  text: string,
  splits: Splits,
  lockFile: string,
  init: LockInit = {},
): Promise<readonly LockDifference[]> {
  const file = resolve(lockFile);
  const facts = await factsOf(splits, init);
  return checkLock(readLock(JSON.parse(text)), facts, new FileHasher(file), { lockFile: file, voxrx: "0.0.0" });
}

/** The directory of a lock in a folder. */
export function lockIn(folder: { readonly path: string }, ...names: readonly string[]) {
  const lockFile = join(folder.path, ...names, "voxrx.lock.json");
  return { lockFile, data: join(dirname(lockFile), "data") };
}
