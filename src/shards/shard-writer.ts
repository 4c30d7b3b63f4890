/** Writes tar shards: each appears complete, with its index, or not at all. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isVoxRxError } from "../errors.ts";
import { reasonOfWrite } from "../files/disk-failure.ts";
import { tryFileLock } from "../files/file-lock.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { whenFileFree } from "../files/when-file-free.ts";
import { writeFailed } from "../files/write-atomically.ts";
import { indexOfShard } from "./shard-index.ts";
import { packSample, type ShardFile, UnfinishedShard } from "./unfinished-shard.ts";

/** Options of {@link ShardWriter}. */
export interface ShardWriterOptions {
  readonly dir: string;
  readonly prefix: string;
  readonly maxBytes: number;
  readonly maxCount: number;
  readonly overwrite: boolean;
}

/** Accepts samples one after another. After an error it can't be used any more: call {@link abandon}. */
export class ShardWriter {
  readonly #options: ShardWriterOptions;
  #shard: UnfinishedShard | undefined;
  #count = 0;
  #isPrepared = false;
  #release: (() => Promise<void>) | undefined;
  #isBusy = false;
  #isAbandoned = false;

  constructor(options: ShardWriterOptions) {
    this.#options = options;
  }

  /**
   * Adds one sample, whose files are sorted; starts a new shard when a limit is reached.
   *
   * @throws FormatError `VOXRX_WRITE_FAILED`
   */
  add(key: string, files: readonly ShardFile[]): Promise<void> {
    return this.#exclusively(async () => {
      await this.#prepare();
      const sample = await packSample(key, files);
      const { maxBytes, maxCount } = this.#options;
      const before = this.#shard;
      const isFull = before && (before.count >= maxCount || before.bytesWith(sample.bytes) > maxBytes);
      if (isFull) await this.#finishShard(before);
      const shard = (this.#shard ??= await this.#openShard());
      await shard.add(sample);
    });
  }

  /** Finishes the last shard. Removes surplus shards of an earlier run that is overwritten. */
  finish(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#prepare();
      if (this.#shard) await this.#finishShard(this.#shard);
      for (const [path, number] of await this.#shardsThere()) {
        if (number < this.#count) continue;
        // The shard last: a run that is killed in between leaves no index that the next run would not find.
        await rm(indexOfShard(path), { force: true });
        await rm(path);
      }
      await this.#unlock();
    });
  }

  /** Removes the unfinished shard. Doesn't wait for an `add` in progress, which cleans up after itself. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    if (!this.#isBusy) await this.#discard();
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    if (this.#isAbandoned) return;
    this.#isBusy = true;
    try {
      await work();
    } catch (error) {
      this.#isAbandoned = true;
      throw failedToWrite(error, this.#options.dir);
    } finally {
      this.#isBusy = false;
      if (this.#isAbandoned) await this.#discard();
    }
  }

  async #prepare(): Promise<void> {
    if (this.#isPrepared) return;
    const { dir, prefix, overwrite } = this.#options;
    await makeDirectory(dir);
    this.#release = await tryFileLock(join(dir, `${prefix}.lock`));
    if (!this.#release) {
      throw writeFailed(
        `another run is writing shards named ${prefix} into this directory`,
        dir,
        "Wait until it has ended, or choose another directory or prefix.",
      );
    }
    const [found] = await this.#shardsThere();
    if (found && !overwrite) {
      throw writeFailed(
        "shards with this name exist already",
        found[0],
        "Choose another directory or prefix, or set overwrite: true to replace them.",
      );
    }
    this.#isPrepared = true;
  }

  async #shardsThere(): Promise<[path: string, number: number][]> {
    return (await this.#filesThere()).flatMap(({ path, rest }): [string, number][] => {
      const digits = /^(\d{6,})\.tar$/.exec(rest);
      return digits ? [[path, Number(digits[1])]] : [];
    });
  }

  /** The files with this prefix, and the rest of their names. */
  async #filesThere(): Promise<{ path: string; rest: string }[]> {
    const { dir, prefix } = this.#options;
    const names = (await whenFileFree(() => readdir(dir))).filter((name) => name.startsWith(`${prefix}-`));
    return names.map((name) => ({ path: join(dir, name), rest: name.slice(prefix.length + 1) }));
  }

  #openShard(): Promise<UnfinishedShard> {
    const { dir, prefix } = this.#options;
    return UnfinishedShard.create(join(dir, `${prefix}-${String(this.#count).padStart(6, "0")}.tar`));
  }

  async #finishShard(shard: UnfinishedShard): Promise<void> {
    await shard.publish();
    this.#shard = undefined;
    this.#count++;
  }

  async #discard(): Promise<void> {
    const shard = this.#shard;
    this.#shard = undefined;
    await shard?.discard();
    await this.#unlock();
  }

  async #unlock(): Promise<void> {
    const release = this.#release;
    this.#release = undefined;
    await release?.();
  }
}

function failedToWrite(cause: unknown, dir: string): Error {
  if (isVoxRxError(cause)) return cause;
  const { fault, remedy } = reasonOfWrite(cause);
  return writeFailed(`a shard could not be written: ${fault}`, dir, remedy, cause);
}
