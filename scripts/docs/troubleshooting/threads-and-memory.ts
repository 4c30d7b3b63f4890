/** What docs/errors.md says about worker threads and memory. */
import { Dataset } from "voxrx";
import * as op from "voxrx/operators";
import { unpacked } from "../../../src/operator/elsewhere.ts";
import { operatorOf } from "../../../src/operator/relocation.ts";
import { ramp } from "../../../test/support/volumes.ts";
import type { Advice, Code } from "./advice.ts";

/** Codes of worker threads, and of results that are too large. */
export const threadsAndMemory = {
  VOXRX_TOO_LARGE: {
    when: [
      "`toArray()` would hold more than `maxBytes` of items. It is for small datasets.",
      "`spacing`, padding or joining would make an image of more than 2^30 samples: voxel sizes in meters instead of millimeters, or a header with the wrong unit.",
      "`indexed`, `balance` of a stream, `join` or `csv` found more items than `maxItems`, or more bytes than it may keep, since it comes after `load`.",
      "A file at a URL is larger than `maxItemBytes` or `maxBytes`.",
    ],
    remedies: [
      "Iterate instead of `toArray()`, or put `take(n)` before it.",
      "For images, compare the affine with `voxrx info FILE`.",
      "Put `indexed`, `balance` and `join` before `load`, so that they hold paths and not images. Or raise the limit that the message names.",
    ],
    provoke: () =>
      Dataset.from([{ image: ramp([1, 4, 4, 4]) }])
        .pipe(op.spacing({ keys: "image", pixdim: 0.001 }))
        .toArray(),
  },
  VOXRX_WORKER_DIED: {
    when: [
      "Two worker threads of `parallel` ended while they worked on the same item: memory ran out (V8's heap, or the container's), a native library crashed on a damaged file, or the code of an operator called `process.exit`.",
    ],
    remedies: [
      "`error.cause` says how the thread ended, the message how much memory it had.",
      "Out of memory: fewer `workers`, smaller items (crop or resample first), or more memory. `dmesg` shows whether the system ended the process.",
      "If it is always one item, look at it alone: `await dataset.replay(error.item)`; or leave it out with `onError({ skip: true })`.",
    ],
    printed:
      'PipelineError: two worker threads ended while they worked on it; it last reported 3071 MiB of memory (operator parallel, item "scan12"). See the cause; give fewer workers if memory ran out, or leave the item out with onError({ skip: true }).',
  },
  VOXRX_NO_WORKERS: {
    when: [
      "`parallel` can't start a thread: the application was bundled into one file, without the program of the threads beside it.",
      "The URL given as `program` leads nowhere; `voxrx run --out` can't start processes.",
    ],
    remedies: [
      "Bundle `voxrx/worker` too, as [the guide](guide/backpressure.md#all-cores) shows, and give `parallel` its URL as `program` if it has another name.",
      "`parallel({ workers: 0 })` does all work on the main thread, and gives the same items.",
    ],
    provoke: () =>
      Dataset.from([{ image: ramp([1, 2, 2, 2]) }])
        .pipe(
          op.flip({ keys: "image" }),
          op.gaussianSmooth({ keys: "image" }),
          op.parallel({ workers: 1, program: "file:///app/threads.js" }),
        )
        .toArray(),
  },
  VOXRX_UNKNOWN_OPERATOR: {
    when: [
      "A module named in `modules` of `parallel` can't be imported on a thread: it is TypeScript, without `tsx` and on a Node older than 22.18, or it needs something of the main thread.",
      "The thread finds another version of an operator than this process has: the file was changed after the process started.",
      "An operator that no module exports is not an error: it stays on the main thread, and `explain()` says so.",
    ],
    remedies: [
      '`error.cause` has what importing threw. Install `tsx`, or name the compiled file: `parallel({ modules: [import.meta.resolve("./my-operators.js")] })`.',
      "Restart the process after you changed an operator: it keeps the module that it loaded.",
    ],
    provoke: () => operatorOf({ name: "sharpenEdges", version: 2, options: {}, isOwn: false }, () => undefined),
  },
  VOXRX_DAMAGED_ITEM: {
    when: [
      "An item that was sent as bytes, to another thread or process, is not what was sent. Only code that sends items by itself, such as the conformance suites of `voxrx/extend`, can meet it.",
    ],
    remedies: ["Use the same version of voxrx on both sides, and send the bytes whole."],
    provoke: () => unpacked(new Uint8Array(8)),
  },
  VOXRX_WORKER_DIFFERS: {
    when: [
      "An operator on a worker thread is another one than here, so that its items stay on the main thread and `parallel` gives less than it could. Usually `registerFormat` was called on the main thread only, which changes what `load` reads.",
    ],
    remedies: [
      'Put the call of `registerFormat` into a module, import it here, and name it for the threads: `parallel({ modules: [import.meta.resolve("./my-format.js")] })`.',
    ],
    printed: `(node:1234) [VOXRX_WORKER_DIFFERS] Warning: load on worker threads differs from what it is here
An image format may be registered only here: name the module that registers it in \`modules\`.`,
  },
} satisfies Partial<Record<Code, Advice>>;
