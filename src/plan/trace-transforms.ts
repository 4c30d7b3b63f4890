/** Runs a chain of transforms over one entry, and tells what each of them did. */

import type { Trace, TraceStep } from "./inspection.ts";
import type { ItemNotes } from "./item-context.ts";
import { endOfGroup } from "./lazy-transforms.ts";
import { type PlacedTransforms, runTransforms } from "./run-transforms.ts";
import type { Entry, Run } from "./stage.ts";
import type { Transform } from "./transform.ts";

/** The result of `runTransforms`, with every transform run by itself; those that share a resampling, together. */
export async function traceTransforms(
  placed: PlacedTransforms,
  entry: Entry<unknown>,
  run: Run,
  trace: Trace,
): Promise<Entry<unknown> | undefined> {
  const { transforms, places } = placed;
  let current: Entry<unknown> | undefined = entry;
  for (let from = 0; from < transforms.length && current; ) {
    const end: number = transforms[from]?.lazy ? endOfGroup(transforms, from) : from + 1;
    const notes: ItemNotes = { files: [] };
    const part = { ...placed, transforms: transforms.slice(from, end), places: places.slice(from, end) };
    const begun = performance.now();
    current = await runTransforms(part, current, run, notes);
    for (const step of stepsOf(part.transforms, notes, performance.now() - begun)) trace(step);
    from = end;
  }
  return current;
}

/** What is told of an operator that makes several items of one. */
interface PartsText {
  readonly name: string;
  readonly detail?: string | undefined;
  readonly random: boolean;
}

/** Tells what an operator did that makes several items of one. */
export function traceParts({ name, detail, random }: PartsText, { draws, files }: ItemNotes, trace: Trace): void {
  const kind = random ? "random" : "deterministic";
  trace({ name, kind, ...optionsOf(detail), draws: draws ?? [], files: files ?? [], ms: 0 });
}

function stepsOf(transforms: readonly Transform[], { draws = [], files = [] }: ItemNotes, ms: number): TraceStep[] {
  const [first] = transforms;
  const own = (transform: Transform) => ({
    name: transform.name,
    kind: transform.kind,
    ...optionsOf(transform.detail),
  });
  const kept = (first?.insteadOf ?? []).map(
    (transform): TraceStep => ({ ...own(transform), draws: [], files: [], ms: 0, cached: true }),
  );
  const done = transforms.map((transform, n): TraceStep => {
    const isLast = n === transforms.length - 1;
    const drawn = draws.filter(({ operator }) => transforms.length === 1 || operator === transform.name);
    return { ...own(transform), draws: drawn, files: isLast ? files : [], ms: isLast ? ms : 0 };
  });
  return [...kept, ...done];
}

function optionsOf(detail: string | undefined): { readonly options?: string } {
  return detail === undefined ? {} : { options: detail };
}
