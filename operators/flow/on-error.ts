import * as v from "valibot";
import { callUser } from "../../src/async/call-user.ts";
import { isVoxRxError, PipelineError, type VoxRxError } from "../../src/errors.ts";
import { type FlowOperator, flowOperator } from "../../src/operator/flow-operator.ts";
import { functionSchema, integerSchema } from "../../src/options.ts";
import { isItemFailure } from "../../src/plan/item-failure.ts";
import { withState } from "../../src/plan/position.ts";
import { visible } from "../../src/visible-text.ts";

/** Options of {@link onError}. */
export interface OnErrorOptions {
  /** Skip items that fail. */
  readonly skip: true;
  /** Number of failed items allowed in one run; one more ends the run with an error. Default 10. */
  readonly maxItems?: number;
  /** Called with every failure, which names item, operator and file. Default: writes one line for each to stderr. */
  readonly onSkip?: (error: VoxRxError, skipped: number) => void;
}

/**
 * Skips the items that fail in an operator before it, counts and reports them, and ends the run when there are too
 * many. An error of the source itself, such as a stream that breaks, does not belong to an item and always ends the
 * run. The resulting dataset is a stream.
 *
 * @throws PipelineError `VOXRX_TOO_MANY_ERRORS` beyond `maxItems`, with the last failure as its cause
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { load, onError } from "voxrx/operators";
 * const scans = Dataset.from([{ image: "a.nii.gz" }, { image: "broken.nii.gz" }]).pipe(
 *   load(["image"]),
 *   onError({ skip: true, maxItems: 5, onSkip: (error) => console.warn(error.item, error.message) }),
 * );
 * ```
 */
export const onError = flowOperator<OnErrorOptions, FlowOperator<OnErrorOptions, never, false>>()({
  name: "onError",
  version: 1,
  passes: "failures",
  options: {
    skip: v.literal(true),
    maxItems: v.optional(v.pipe(integerSchema, v.minValue(0)), 10),
    onSkip: v.optional(functionSchema<NonNullable<OnErrorOptions["onSkip"]>>(), () => writeLine),
  },
  detail: ({ maxItems }) => `skip, at most ${maxItems} a run`,
  identity: ({ skip }) => ({ skip }),
  state: v.strictObject({ skipped: v.pipe(integerSchema, v.minValue(0)) }),
  stream: (input, { maxItems, onSkip }, { run, state }) => {
    let skipped = state?.skipped ?? 0;
    return {
      async next() {
        for (;;) {
          try {
            const entry = await input.next();
            return entry && withState(entry, { skipped });
          } catch (error) {
            if (!isItemFailure(error) || !isVoxRxError(error)) throw error;
            skipped++;
            if (skipped > maxItems) throw tooMany(skipped, maxItems, error);
            run.inspection?.onSkip?.(error);
            await callUser("onSkip", () => onSkip(error, skipped));
          }
        }
      },
    };
  },
});

function writeLine(error: VoxRxError): void {
  console.error(visible(`skipped: ${error.message}`));
}

function tooMany(skipped: number, maxItems: number, cause: VoxRxError): PipelineError {
  return new PipelineError("VOXRX_TOO_MANY_ERRORS", `${skipped} items failed; maxItems allows ${maxItems}`, {
    operator: "onError",
    item: cause.item,
    file: cause.file,
    cause,
    remedy: "Check the failures that onSkip reports, or raise maxItems.",
  });
}
