/** Epochs of a stage: one that is pinned, or several one after the other. */
import * as v from "valibot";
import { OptionError } from "../errors.ts";
import { integerSchema } from "../options.ts";
import { declareStage } from "./declared-stage.ts";
import { readPosition, withState } from "./position.ts";
import { type Entry, indexOf, open, type Stage } from "./stage.ts";

/** A stage with every run in the same epoch. */
export function pinnedStage<T>(input: Stage<T>, pinned: number): Stage<T> {
  const epoch = checkEpoch(pinned, "epoch");
  return {
    inputs: [input],
    seed: input.seed,
    randomCount: input.randomCount,
    shifts: input.shifts ?? false,
    identity: { name: "epoch", epoch },
    itemOrder: "fixed",
    lengthVaries: false,
    lends: input.lends,
    passage: { keepsItems: true, epoch, over: (other) => pinnedStage(other, pinned) },
    index: input.index && ((run) => indexOf(input, { ...run, epoch })),
    knownLength: () => input.knownLength?.(),
    start: (run, from) => open(input, { ...run, epoch }, from),
    describe: () => [{ name: "epoch", detail: `pinned to ${epoch}` }],
  };
}

/**
 * Several epochs of a stage, one after the other. Item ids stay the same; what random operators draw differs, because
 * the epoch does.
 */
export function epochsStage<T>(input: Stage<T>, from: number, to: number): Stage<T> {
  const [first, end] = [checkEpoch(from, "epochs"), checkEpoch(to, "epochs")];
  return declareStage<T>({
    inputs: [input],
    text: { name: "epochs", detail: `${first} to ${end - 1}` },
    identity: { name: "epochs", from: first, to: end },
    passage: { keepsItems: true, epoch: "several" },
    holdsItems: false,
    start(run, position) {
      const { base, state } = readPosition(
        position,
        v.pipe(integerSchema, v.minValue(first), v.ltValue(Math.max(end, 1))),
        "epochs",
      );
      let epoch = state ?? first;
      let current = base === undefined ? undefined : open(input, { ...run, epoch }, base);
      const next = async (): Promise<Entry<T> | undefined> => {
        // Once the run is closed, even during a pull, no further epoch is opened.
        for (; epoch < end && !run.signal.aborted; epoch++) {
          current ??= open(input, { ...run, epoch });
          const entry = await current.next();
          if (entry) return withState(entry, epoch);
          await current.close();
          current = undefined;
        }
        return undefined;
      };
      return { next, close: () => current?.close() };
    },
  });
}

function checkEpoch(epoch: number, operator: string): number {
  if (Number.isInteger(epoch) && epoch >= 0) return epoch;
  throw new OptionError("VOXRX_BAD_OPTION", `an epoch must be a non-negative integer, got ${epoch}`, { operator });
}
