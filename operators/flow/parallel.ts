import { availableParallelism } from "node:os";
import * as v from "valibot";
import { type Bytes, formatBytes, parseBytes } from "../../src/bytes.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { bytesSchema, integerSchema } from "../../src/options.ts";
import { ParallelStage } from "../../src/parallel/parallel-stage.ts";

const urlSchema = v.pipe(v.string(), v.url("a URL, as import.meta.resolve returns it"));

/** Options of {@link parallel}. */
export interface ParallelOptions {
  /** Worker threads. 0: everything runs on the main thread. Default: the cores that the process may use. */
  readonly workers?: number;
  /**
   * Chooses how many worker threads are used, from 1 to `workers`, from how often the consumer waits and whether another
   * thread makes items come faster. `explain()` and profiles say what it chose. Default false: all of them.
   */
  readonly autotune?: boolean;
  /**
   * URLs of the modules that export your own operators, such as `import.meta.resolve("./my-operators.ts")`. An operator
   * that none of them exports stays on the main thread. Default: none.
   */
  readonly modules?: readonly string[];
  /**
   * Maximum bytes of the finished items plus an estimate for those in work (the largest seen so far). Default
   * `"1GiB"`.
   */
  readonly maxBytes?: Bytes;
  /**
   * URL of the program of the threads, where an application was bundled: bundle `voxrx/worker` too, and your modules with
   * it. Default: the program of the package.
   */
  readonly program?: string;
}

/**
 * Runs the transforms before it on worker threads, back to the nearest stage or function: transforms of VoxRx with plain
 * options, crops and patches that make several items of one, and your own operators whose `modules` are named. The
 * items, their order and every byte are the same with any number of workers. At most `workers + 1` items are in work,
 * and `workers` more wait for the consumer. `explain()` shows what moves, and why the rest stays.
 *
 * A function in the middle stays on the main thread, and so does what comes before it. After `cacheUntilRandom`, what
 * the store lacks is computed on the threads, and what it has is read on the main thread. Threads are started for the
 * first item, shared by all pipelines of the process, and end when they were idle for 15 seconds; they don't keep the
 * process alive. An item whose thread dies, for want of memory for example, is tried once more.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_WORKER_DIED` for an item whose threads died twice,
 * `VOXRX_NO_WORKERS` where no thread can be started
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { batch, load, orientation, parallel, randSpatialCrop, spacing } from "voxrx/operators";
 * const files = ["a.nii.gz", "b.nii.gz", "c.nii.gz", "d.nii.gz", "e.nii.gz"].map((image) => ({ image }));
 * const training = Dataset.from(files, { seed: 0 }).pipe(
 *   load(["image"], { dtype: "float32" }),
 *   orientation({ keys: "image", axcodes: "RAS" }),
 *   spacing({ keys: "image", pixdim: 1.5 }),
 *   randSpatialCrop({ keys: "image", roiSize: [48, 48, 48] }),
 *   parallel({ workers: 2 }),
 *   batch(2),
 * );
 * ```
 */
export const parallel = stageOperator<ParallelOptions, FlowOperator<ParallelOptions, number>>()({
  name: "parallel",
  version: 1,
  bare: "workers",
  options: {
    workers: v.optional(v.pipe(integerSchema, v.minValue(0), v.maxValue(1024)), () => availableParallelism()),
    autotune: v.optional(v.boolean(), false),
    modules: v.optional(v.array(urlSchema), () => []),
    maxBytes: v.optional(bytesSchema, "1GiB"),
    program: v.optional(urlSchema),
  },
  stage(input, { workers, autotune, modules, maxBytes, program }) {
    const bytes = parseBytes(maxBytes, "maxBytes", "parallel");
    const detail = `workers=${workers} maxBytes=${formatBytes(bytes)}`;
    return new ParallelStage(input, { workers, autotune, modules, program, maxBytes: bytes, detail });
  },
});
