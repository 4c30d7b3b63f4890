/** What docs/errors.md says about preprocessing on many machines. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Dataset } from "voxrx";
import { listShards } from "voxrx/datasets";
import * as op from "voxrx/operators";
import { warnOfHidden } from "../../../cli/blocks/output-plan.ts";
import { unreachable } from "../../../cli/blocks/queue-connection.ts";
import { QueueRefusals, refusedBy } from "../../../cli/blocks/queue-refusals.ts";
import { nextManifest } from "../../../src/blocks/block-manifest.ts";
import type { BlockJob } from "../../../src/blocks/compute-block.ts";
import { inBlocks } from "../../../src/blocks/plan-in-blocks.ts";
import type { Advice, Code } from "./advice.ts";

/** Computes the only block of a plan. */
async function compute(dataset: Dataset<object>, dir: string): Promise<void> {
  const shard = "block-000000-0123456789ab.tar";
  const job: BlockJob = { block: 0, shard, items: ["a"], places: [0], failedBefore: [], dir, epoch: 0, volumes: "nii" };
  await dataset[inBlocks]().compute(job, new AbortController().signal);
}

/** An answer of a Redis server, as ioredis throws it. */
function replyError(words: string): Error {
  return Object.assign(new Error(words), { name: "ReplyError" });
}

/** Codes of `voxrx run --out`. */
export const manyMachines = {
  VOXRX_NOT_DIVISIBLE: {
    when: [
      "`voxrx run --out` divides the items among processes, and an operator needs items together: `batch`, `stitch`, `forRank`, a `shuffle` or `take` of a stream, an RxJS operator.",
      "The source is a generator or an Observable, whose items can't be found by their ids.",
    ],
    remedies: [
      "Leave the operator out of the pipeline that prepares, and use it where the shards are read.",
      "Start from a list: `Dataset.from([...])`, `Dataset.lazy(...)`, or a dataset such as `bids`; or put `indexed()` after the source.",
    ],
    provoke: async ({ dir }) => compute(Dataset.from([{ n: 1 }]).pipe(op.batch(2)), dir),
  },
  VOXRX_REPEATED_ID: {
    when: [
      "Two items of a plan for `voxrx run --out` have the same id, which names their files in the shards: the option `id` gives the patient where a patient has several scans.",
    ],
    remedies: ["Make ids of what is different: `Dataset.from(list, { id: ({ patient, date }) => patient + date })`."],
    provoke: () => {
      const item = { id: "patient7", value: {} };
      return nextManifest(undefined, [item, item], { plan: "p", epoch: 0, volumes: "nii", blockSize: 64 });
    },
  },
  VOXRX_INCOMPLETE: {
    when: [
      "`listShards` found an output of `voxrx run --out` in which blocks are missing: the run goes on, was stopped, or some blocks failed.",
    ],
    remedies: [
      "`voxrx scale status DIR` shows what is missing, `voxrx scale failed DIR` what failed and why. Run the same command again.",
      "To read what is there, `listShards(dir, { partial: true })`.",
    ],
    provoke: async ({ dir, file }) => {
      const blocks = [0, 1].map((block) => ({
        block,
        revision: 0,
        shard: `block-00000${block}-0123456789ab.tar`,
        items: [`scan${block}`],
      }));
      const manifest = { version: 1, plan: "p", epoch: 0, volumes: "nii", blockSize: 1, next: 2, blocks };
      await file("manifest.json", JSON.stringify(manifest));
      await listShards(dir);
    },
  },
  VOXRX_QUEUE_UNREACHABLE: {
    when: [
      "`voxrx run --queue URL`: the Redis server is not running, refuses the connection, or was away for longer than workers wait (ten leases).",
    ],
    remedies: [
      "`redis-cli -u URL ping` from the same machine.",
      "What is done stays done: start again when it is back. Without a server, leave out `--queue`: blocks are then claimed by files in the output directory.",
    ],
    provoke: () => {
      throw unreachable("redis://queue:6379", "can't be reached: connect ECONNREFUSED 10.0.0.5:6379");
    },
  },
  VOXRX_QUEUE_REFUSED: {
    when: [
      "`voxrx run --queue URL`: the Redis server answers, and refuses commands. Its own words are in the message: `NOAUTH` and `WRONGPASS` (user or password), `NOPERM` (rights of the user), `WRONGTYPE` (something else has written to a key of the queue), a command that it does not know.",
      "For ten leases it has refused what may pass: `READONLY` (a replica), `OOM` (`maxmemory` is reached), `MISCONF` (it can't save to its disk).",
    ],
    remedies: [
      "The message says what to do for each. In a password write `%23` for `#` and `%40` for `@`. A user needs `~bull:voxrx-* &* +@all -@dangerous +info`.",
      'A queue wants a server with `maxmemory-policy noeviction` and without backups: `redis-server --save "" --appendonly no`.',
      "What is done stays done: start again when it is corrected. Without a server, leave out `--queue`: blocks are then claimed by files in the output directory.",
    ],
    provoke: () => {
      throw refusedBy(
        "redis://queue:6379",
        replyError("NOPERM this user has no permissions to run the 'eval' command"),
      );
    },
  },
  VOXRX_QUEUE_WAITS: {
    when: [
      "`voxrx run --queue URL`: the connection to the Redis server is lost, it loads its data after a start, or it refuses commands, as a replica does, or a server whose memory is full. Each kind of refusal is reported once.",
      "The queue was paused in a dashboard.",
    ],
    remedies: [
      "Nothing, if it passes: blocks in work go on, and nothing is lost. After ten leases (`--lease`, 60 s each) without the server, the worker ends with an error.",
      "The message has the server's words and what ends the refusal. Resume a paused queue where it was paused.",
    ],
    provoke: () => {
      const words = "READONLY You can't write against a read only replica.";
      new QueueRefusals("redis://queue:6379", 600_000).note(replyError(words), true);
    },
  },
  VOXRX_UNSEEN_CHANGE: {
    when: [
      "A record of the list holds a `Blob`, a promise, a client of a server, or an instance of a class with private fields (`#name`). Their content can't be compared with that of the run before, so a block that is done stays as it is when it changes.",
      "The function of an operator is bound (`f.bind(…)`) or a proxy, so its text can't be read.",
      "A function reads `index`, the place of an item in the list. When items are added, removed or sorted, the places of others change, and blocks that are done stay as they are.",
    ],
    remedies: [
      "Keep paths, URLs, numbers, text, dates or bytes in the records, and make the object in a function of the pipeline (`map`), which runs for each item.",
      "Where the object stays, put something beside it that changes with it, such as a version or a checksum.",
      "Give an arrow function, with what it needs as `options` and a `version`, and let it use the `id` of the item.",
    ],
    provoke: async () => warnOfHidden([{ id: "a", value: { scan: new Blob(["bytes"]) } }]),
  },
  VOXRX_NOT_REPEATABLE: {
    when: [
      "A block was computed twice, and its items differ: a function uses the time, `Math.random`, a global counter or a network service, or machines have different versions of a library.",
    ],
    remedies: [
      "Draw from the `random` that `map` gives, which follows from seed, epoch and item. Keep times and machine names out of items.",
      "Use the same versions of Node, VoxRx and your code on all machines. `dataset.digest()` on two machines shows whether they agree.",
    ],
    provoke: async ({ dir }) => {
      let calls = 0;
      const counting = Dataset.from([{ n: 0 }], { id: () => "a" }).pipe(op.map(() => ({ n: ++calls })));
      await compute(counting, dir);
      await rm(join(dir, "block-000000-0123456789ab.tar"));
      await compute(counting, dir);
    },
  },
} satisfies Partial<Record<Code, Advice>>;
