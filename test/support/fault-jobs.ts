/** What users do that writes or reads files, each with a look at what it left. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { readShards } from "../../datasets/index.ts";
import { cacheUntilRandom, download, extract, load, save, writeShards } from "../../operators/index.ts";
import { Dataset, isVoxRxError, lmdbStore, memoryStore, readVolume, type Store, tieredStore } from "../../src/index.ts";
import { entryOf, sumOf } from "./store-entry.ts";

/** Where a job works, and on what. */
export interface JobPlace {
  /** Directory that the fault is in. */
  readonly dir: string;
  /** Directory without a fault, with the archives `a.tar`, `a.tar.gz`, `a.zip` and the images `0.nii` to `2.nii`. */
  readonly sources: string;
  /** Origin of a server of `file.bin`. */
  readonly origin?: string;
}

/** How a job ended. */
export interface JobOutcome {
  readonly job: string;
  /** `done`, the code of an error of VoxRx, or `raw: ` and any other error. */
  readonly end: string;
  readonly message: string;
  readonly file: string;
  /** Files that were left open. */
  readonly open: readonly string[];
}

const entries = [0, 1, 2];

async function useStore(store: Store): Promise<void> {
  const failures: unknown[] = [];
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => failures.push(error));
  for (const n of entries) await attempt(store.set(`k${n}`, { value: entryOf(n), files: [] }));
  for (const n of entries) {
    await attempt(
      store.getOrCompute({ id: `k${n}`, compute: async () => ({ value: entryOf(n), files: [] }) }).then((answer) => {
        if (sumOf(answer.stored.value) !== sumOf(entryOf(n))) throw new Error(`entry ${n} is another one`);
      }),
    );
  }
  await attempt(store.stats());
  await attempt(store.delete("k1"));
  await attempt(store.prune());
  await attempt(store.verify());
  await attempt(store.clear());
  await attempt(store.set("last", { value: "small", files: [] }));
  await store.close();
  if (failures.length > 0) throw failures.find((error) => !isVoxRxError(error)) ?? failures[0];
}

const cached = (sources: string, store: Store) =>
  Dataset.from(entries.map((n) => join(sources, `${n}.nii`))).pipe(load(), cacheUntilRandom({ store }));

/** Reads many images at once. */
async function crowd({ sources }: JobPlace): Promise<void> {
  const items = Array.from({ length: 120 }, (_, n) => join(sources, `${n % entries.length}.nii`));
  const read = await Dataset.from(items)
    .pipe(load({ concurrency: 64 }))
    .toArray();
  if (read.length !== items.length) throw new Error(`only ${read.length} images were read`);
}

/** The jobs by name. */
export const jobs: Readonly<Record<string, (place: JobPlace) => Promise<unknown>>> = {
  lmdb: ({ dir }) => useStore(lmdbStore(join(dir, "store"))),
  tiered: ({ dir }) => useStore(tieredStore(memoryStore(), lmdbStore(join(dir, "store")))),
  async cache({ dir, sources }) {
    await using store = lmdbStore(join(dir, "cached"));
    return await cached(sources, store).toArray();
  },
  download: ({ dir, origin }) =>
    Dataset.from([`${origin}/file.bin`])
      .pipe(download({ dir: join(dir, "downloaded"), retries: 1, backoffMs: 1 }))
      .toArray(),
  tar: ({ dir, sources }) =>
    Dataset.from([join(sources, "a.tar")])
      .pipe(extract({ dir: join(dir, "tar") }))
      .toArray(),
  "tar.gz": ({ dir, sources }) =>
    Dataset.from([join(sources, "a.tar.gz")])
      .pipe(extract({ dir: join(dir, "tgz") }))
      .toArray(),
  zip: ({ dir, sources }) =>
    Dataset.from([join(sources, "a.zip")])
      .pipe(extract({ dir: join(dir, "zip") }))
      .toArray(),
  shards: ({ dir }) =>
    Dataset.from([0, 1, 2, 3].map((n) => ({ raw: new Uint8Array(30_000).fill(n) })))
      .pipe(writeShards({ dir: join(dir, "shards"), maxCount: 2, overwrite: true }))
      .toArray(),
  save: ({ dir, sources }) =>
    Dataset.from(entries.map((n) => join(sources, `${n}.nii`)))
      .pipe(load(), save({ dir: join(dir, "saved"), extension: ".nii" }))
      .toArray(),
};

/** Runs a job. */
export async function outcomeOf(job: string, place: JobPlace): Promise<JobOutcome> {
  const open = async () => {
    const numbers = await readdir("/proc/self/fd").catch(() => []);
    const paths = await Promise.all(numbers.map((n) => readlink(`/proc/self/fd/${n}`).catch(() => "")));
    return paths.filter((path) => path.startsWith(place.dir) || path.startsWith(place.sources));
  };
  try {
    await (job === "crowd" ? crowd : jobs[job])?.(place);
    return { job, end: "done", message: "", file: "", open: await open() };
  } catch (error) {
    const end = isVoxRxError(error) ? error.code : `raw: ${error instanceof Error ? error.stack : String(error)}`;
    const message = error instanceof Error ? error.message : "";
    return { job, end, message, file: (isVoxRxError(error) && error.file) || "", open: await open() };
  }
}

/** What is wrong with the files under final names; empty if each is whole. */
export async function faultsIn({ dir, sources }: JobPlace, file: Uint8Array): Promise<string[]> {
  const faults: string[] = [];
  const images = await Promise.all(entries.map((n) => readFile(join(sources, `${n}.nii`))));
  for (const kind of ["tar", "tgz", "zip"]) {
    const names = (await readdir(join(dir, kind)).catch(() => [])).filter((name) => name !== ".voxrx");
    if (names.length !== 0 && names.length !== entries.length) faults.push(`${kind} has ${names.join(" ")}`);
    for (const name of names) {
      const bytes = await readFile(join(dir, kind, name));
      if (!images.some((image) => image.equals(bytes))) faults.push(`${kind}/${name} differs`);
    }
  }
  const there = await readFile(join(dir, "downloaded", "file.bin")).catch(() => undefined);
  if (there && !there.equals(file)) faults.push("file.bin differs");
  for (const name of await readdir(join(dir, "saved"), { recursive: true }).catch(() => [])) {
    if (!/\.nii$/.test(name)) {
      if (/\.tmp$/.test(name)) faults.push(`${name} is left`);
      continue;
    }
    await readVolume(join(dir, "saved", name)).catch((error) => faults.push(String(error)));
  }
  const shards: string[] = await readdir(join(dir, "shards")).catch(() => []);
  for (const name of shards) {
    if (/\.tmp$/.test(name)) faults.push(`${name} is left`);
    if (!/\.tar$/.test(name)) continue;
    const path = join(dir, "shards", name);
    const isIndexed = shards.includes(`${name}.index.json`);
    const reading = readShards(path, isIndexed ? { indexed: true } : {}).toArray();
    await reading.catch((error) => faults.push(String(error)));
  }
  return faults;
}
