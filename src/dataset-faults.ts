/** What is wrong where a dataset is made. */
import { messageOf, OptionError } from "./errors.ts";

/** `Dataset.from` was given what is not a source. */
export function noSource(given: unknown): OptionError {
  const isText = typeof given === "string";
  return new OptionError(
    "VOXRX_BAD_OPTION",
    `can't make a dataset from ${isText ? `the string "${given}"` : String(given)}`,
    {
      operator: "from",
      remedy: isText
        ? `For a directory, use openDirectory("${given}") of voxrx/datasets; a list of paths is ["${given}"].`
        : "Pass a list, an iterable, an Observable, a promise, or a function that returns one of these.",
    },
  );
}

/** `Dataset.from` was given something whose properties throw. */
export function unreadableSource(cause: unknown): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", `can't make a dataset: the input threw: ${messageOf(cause)}`, {
    operator: "from",
    cause,
    remedy: "Pass an object whose properties can be read.",
  });
}

/** Refuses options for a dataset: they would be lost, since it has a source of its own. */
export function refuseOptions(options: object): void {
  const given = Object.entries(options).find(([, value]) => value !== undefined);
  if (!given) return;
  throw new OptionError("VOXRX_BAD_OPTION", `${given[0]}: the input is a dataset, which has its own`, {
    operator: "from",
    remedy: "Give the option to its source; dataset.iterate({ seed }) runs it with another seed.",
  });
}

/** `new Dataset` was given what is not a plan. */
export function notOfStage(): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", "new Dataset(…) takes a plan, for operators, not a list of items", {
    operator: "Dataset",
    remedy: "Write Dataset.from(list).pipe(…).",
  });
}
