/** Compares what a declared operator from one item to several says about its parts with what it does. */
import type { OperatorFunction } from "rxjs";
import { Dataset } from "../dataset.ts";
import { extendPlan } from "../extend-plan.ts";
import { withVolumes } from "../item/item-volumes.ts";
import type { DrawnPart } from "../plan/fan.ts";
import { fanOf } from "../plan/one-to-many-stage.ts";
import { type Entry, open } from "../plan/stage.ts";
import type { Check } from "./checks.ts";
import { assertSame } from "./same-items.ts";
import { assertRegions, gridOf, isPlain, pairsOf, throughJson } from "./transform-checks.ts";

/** The checks of random parts; none for other operators on streams. */
export function partChecks(operator: OperatorFunction<never, unknown>, items: () => readonly unknown[]): Check[] {
  const drawn = fanOf(extendPlan(Dataset.from([]).stage, [operator]))?.drawn;
  if (!drawn) return [];
  const partsOfAll = async () => {
    const given = items();
    const entries = await entriesOf(Dataset.from([...given]), operator);
    return entries.map((entry) => partOf(entry, given));
  };
  const { region } = drawn;
  return [
    {
      promise: "a part can be made again from what was recorded, and that is plain data",
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
            promise: "a box of a part depends only on the box of the input that `region` returns",
            async run() {
              for (const { item, value, params } of await partsOfAll()) {
                for (const [n, [volume, made, field]] of pairsOf(item, value, drawn.options).entries()) {
                  await assertRegions({
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
                      const changed = withVolumes(item, (each) => (each === volume ? other : each));
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

/** The part in an entry, with its item and with what was drawn for it. */
function partOf({ id, value, draws = [] }: Entry<unknown>, items: readonly unknown[]): Part {
  const [item = "", part = ""] = id.split("/");
  const drawn = draws.at(-1)?.params;
  return { item: items[Number(item)], value, params: Array.isArray(drawn) ? drawn[Number(part)] : undefined };
}

async function entriesOf(
  source: Dataset<unknown>,
  operator: OperatorFunction<never, unknown>,
): Promise<Entry<unknown>[]> {
  const cursor = open(extendPlan(source.stage, [operator]), {
    epoch: 0,
    seed: undefined,
    signal: new AbortController().signal,
  });
  const entries: Entry<unknown>[] = [];
  for (let entry = await cursor.next(); entry; entry = await cursor.next()) entries.push(entry);
  await cursor.close();
  return entries;
}

/** The content of the parts of volumes without `meta`, where the stage records which part it is. */
function samplesOf(value: unknown, { options }: DrawnPart): unknown {
  return pairsOf(value, value, options).map(([{ shape, affine, dtype, samples }]) => ({
    shape,
    affine,
    dtype,
    samples,
  }));
}
