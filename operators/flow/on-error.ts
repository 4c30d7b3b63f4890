import { z } from "zod";
import { isItemFailure } from "../../src/dataset/failure.ts";
import { type SameOperator, stageOperator } from "../../src/dataset/operator.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import { type Cursor, type Entry, open, type Run, type Stage } from "../../src/dataset/stage.ts";
import { isVoxRxError, PipelineError, type VoxRxError } from "../../src/errors.ts";
import { checkOptions } from "../../src/options.ts";

/** Options of {@link onError}. */
export interface OnErrorOptions {
  /** Leave out items that fail. */
  readonly skip: true;
  /** Items that may fail in one run before the run ends with an error. Default 10. */
  readonly limit?: number;
  /** Told every failure, with item, operator and file. Default: one line each on stderr. */
  readonly report?: (error: VoxRxError, skipped: number) => void;
}

/**
 * Leaves out the items that fail in an operator before it, counts them, says so, and ends the run once there are too many. An
 * error of the source itself (a stream that breaks) is no item's own, and always ends the run. A dataset behind it is a stream.
 *
 * @throws PipelineError `VOXRX_TOO_MANY_ERRORS` beyond `limit`, with the last failure as its cause
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { load, onError } from "voxrx/operators";
 * const scans = Dataset.from([{ image: "a.nii.gz" }, { image: "broken.nii.gz" }]).pipe(
 *   load(["image"]),
 *   onError({ skip: true, limit: 5, report: (error) => console.warn(error.item, error.message) }),
 * );
 * ```
 */
export function onError<T>(options: OnErrorOptions): SameOperator<T> {
  const { limit } = checkOptions("onError", schema, options);
  const report = options.report ?? ((error: VoxRxError) => console.error(`left out: ${error.message}`));
  return stageOperator<SameOperator<T>>((input) => new SkipStage(input, limit, report));
}

const schema = z.strictObject({
  skip: z.literal(true),
  limit: z.int().min(0).default(10),
  report: z.custom<OnErrorOptions["report"]>((value) => typeof value === "function").optional(),
});

class SkipStage extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #limit: number;
  readonly #report: (error: VoxRxError, skipped: number) => void;

  constructor(input: Stage<unknown>, limit: number, report: (error: VoxRxError, skipped: number) => void) {
    super(input);
    this.#input = input;
    this.#limit = limit;
    this.#report = report;
  }

  start(run: Run): Cursor<unknown> {
    const base = open(this.#input, run);
    let skipped = 0;
    const next = async (): Promise<Entry<unknown> | undefined> => {
      for (;;) {
        try {
          return await base.next();
        } catch (error) {
          if (!isItemFailure(error) || !isVoxRxError(error)) throw error;
          skipped++;
          if (skipped > this.#limit) throw tooMany(skipped, this.#limit, error);
          this.#report(error, skipped);
        }
      }
    };
    return { next, close: () => base.close() };
  }

  describe() {
    return [{ name: "onError", detail: `skip, at most ${this.#limit} a run` }];
  }
}

function tooMany(skipped: number, limit: number, cause: VoxRxError): PipelineError {
  return new PipelineError("VOXRX_TOO_MANY_ERRORS", `${skipped} items failed, and ${limit} may`, {
    operator: "onError",
    item: cause.item,
    file: cause.file,
    cause,
    remedy: "Look at the failures reported, or raise limit.",
  });
}
