/** What a declared operator from one item to several says of its parts, held against what it does. */
import type { OperatorFunction } from "rxjs";
import { Dataset } from "../dataset.ts";
import { extendPlan, operatorPart } from "../plan/extend-plan.ts";
import { type DrawnPart, fanOf } from "../plan/one-to-many-stage.ts";
import { type Entry, open } from "../plan/stage.ts";
import type { Check } from "./checks.ts";
import { assertSame } from "./same-items.ts";
import { gridOf, holdsRegions, isPlain, overVolumes, pairsOf, throughJson } from "./transform-checks.ts";

/** The checks of parts that are drawn: none for other operators on streams. */
export function partChecks(operator: OperatorFunction<never, unknown>, items: () => readonly unknown[]): Check[] {
  const adds = operatorPart(operator);
  if (typeof adds !== "function") return [];
  const drawn = fanOf(adds(Dataset.from([]).stage))?.drawn;
  if (!drawn) return [];
  const partsOfAll = async () => {
    const given = items();
    const entries = await entriesOf(Dataset.from([...given]), operator);
    return entries.map((entry) => partOf(entry, given));
  };
  const { region } = drawn;
  return [
    {
      promise: "a part is made again from what was noted, and what was noted is plain data",
      async run() {
        for (const { item, value, params } of await partsOfAll()) {
          if (!isPlain(params)) throw new Error("what was drawn is not plain data");
          assertSame(
            samplesOf(await drawn.part(item, throughJson(params)), drawn),
            samplesOf(value, drawn),
            "it is another part",
          );
        }
      },
    },
    ...(region
      ? [
          {
            promise: "a box of a part is made of the box of the input that it names, and of nothing else",
            async run() {
              for (const { item, value, params } of await partsOfAll()) {
                for (const [n, [volume, made, field]] of pairsOf(item, value, drawn.options).entries()) {
                  await holdsRegions({
                    volume,
                    made,
                    regionOf: (box) =>
                      region(box, {
                        options: drawn.options,
                        params,
                        field,
                        input: gridOf(volume),
                        output: gridOf(made),
                      }),
                    remake: async (other) => {
                      const changed = overVolumes(item, (each) => (each === volume ? other : each));
                      return pairsOf(changed, await drawn.part(changed, params), drawn.options)[n]?.[1];
                    },
                  });
                }
              }
            },
          },
        ]
      : []),
  ];
}

interface Part {
  readonly item: unknown;
  readonly value: unknown;
  readonly params: unknown;
}

/** The part that an entry is, with its item and with what was drawn for it. */
function partOf({ key, value, draws = [] }: Entry<unknown>, items: readonly unknown[]): Part {
  const [item = "", part = ""] = key.split("/");
  const drawn = draws.at(-1)?.params;
  return { item: items[Number(item)], value, params: Array.isArray(drawn) ? drawn[Number(part)] : undefined };
}

async function entriesOf(
  source: Dataset<unknown>,
  operator: OperatorFunction<never, unknown>,
): Promise<Entry<unknown>[]> {
  const adds = operatorPart(operator);
  const stage = adds ? extendPlan(source.stage, adds) : source.stage;
  const cursor = open(stage, { epoch: 0, seed: undefined, signal: new AbortController().signal });
  const entries: Entry<unknown>[] = [];
  for (let entry = await cursor.next(); entry; entry = await cursor.next()) entries.push(entry);
  await cursor.close();
  return entries;
}

/** What the parts of volumes say but for `meta`, in which the stage notes which part it is. */
function samplesOf(value: unknown, { options }: DrawnPart): unknown {
  return pairsOf(value, value, options).map(([{ shape, affine, dtype, samples }]) => ({
    shape,
    affine,
    dtype,
    samples,
  }));
}
