import { z } from "zod";
import { isVoxRxError, PipelineError, type VoxRxError } from "../../src/errors.ts";
import { type FlowOperator, flowOperator } from "../../src/operator/flow-operator.ts";
import { functionSchema } from "../../src/options.ts";
import { isItemFailure } from "../../src/plan/item-failure.ts";
import { withState } from "../../src/plan/position.ts";

/** Options of {@link onError}. */
export interface OnErrorOptions {
  /** Leave out items that fail. */
  readonly skip: true;
  /** Items that may fail in one run before the run ends with an error. Default 10. */
  readonly limit?: number;
  /** Called with every failure, which names item, operator and file. Default: writes one line each to stderr. */
  readonly report?: (error: VoxRxError, skipped: number) => void;
}

/**
 * Leaves out the items that fail in an operator before it, counts and reports them, and ends the run once there are too
 * many. An error of the source itself (a stream that breaks) is not an item's own, and always ends the run. A dataset
 * after it is a stream.
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
export const onError = flowOperator<OnErrorOptions, FlowOperator<OnErrorOptions, never, false>>()({
  name: "onError",
  version: 1,
  options: {
    skip: z.literal(true),
    limit: z.int().min(0).default(10),
    report: functionSchema<NonNullable<OnErrorOptions["report"]>>().default(() => writeLine),
  },
  detail: ({ limit }) => `skip, at most ${limit} a run`,
  identity: ({ skip }) => ({ skip }),
  state: z.int().min(0),
  stream: (input, { limit, report }, { state }) => {
    let skipped = state ?? 0;
    return {
      async next() {
        for (;;) {
          try {
            const entry = await input.next();
            return entry && withState(entry, skipped);
          } catch (error) {
            if (!isItemFailure(error) || !isVoxRxError(error)) throw error;
            skipped++;
            if (skipped > limit) throw tooMany(skipped, limit, error);
            report(error, skipped);
          }
        }
      },
    };
  },
});

function writeLine(error: VoxRxError): void {
  console.error(`left out: ${error.message}`);
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
