/** Every operator that is declared as a transform of an item, on one scan: a new operator is measured as it is declared. */
import type { Build } from "../measure/build.ts";
import type { Bench, Clock, Subject, Workload } from "../measure/workload.ts";
import { monaiSteps } from "../peer/monai-names.ts";
import type { InputName, PeerWork } from "../peer/peer-work.ts";
import { transformTarget } from "../report/target.ts";
import { drawnOptions } from "./drawn-options.ts";
import { inputsOf } from "./inputs.ts";
import { type Example, elsewhere, examples } from "./operator-examples.ts";
import { collected, handOver, mapVolumes, pipeline } from "./pipelines.ts";

/** An operator with options to measure it with. */
export interface OperatorCase {
  readonly operator: string;
  readonly example: Example;
}

/** The cases of all transforms that a build declares, but for those that are measured elsewhere. */
export function operatorCases({
  ops,
  extend,
}: {
  readonly ops: object;
  readonly extend: Build["extend"];
}): OperatorCase[] {
  return Object.entries(ops).flatMap(([operator, factory]) => {
    const declaration = extend.declarationOf(factory);
    if (!declaration || declaration.works === "stream" || operator in elsewhere) return [];
    const { schema, random, works } = declaration;
    const given = examples[operator] ?? [drawnExample(drawnOptions(schema), random, works === "items")];
    return given.map((example) => ({ operator, example }));
  });
}

function drawnExample(options: Example["options"], isRandom: boolean, needsRecord: boolean): Example {
  const on = needsRecord || "keys" in options ? "record" : "t1";
  return { options: isRandom ? { ...options, prob: 1 } : options, on };
}

/** A line for each case. */
export function operatorWorkloads(build: Build): Workload[] {
  return operatorCases(build).map(({ operator, example }) => {
    const { options, on = "t1", monai, bound } = example;
    return {
      name: [operator, textOf(options), on === "t1" ? "" : `on ${on}`].filter(Boolean).join(" "),
      group: "Transforms",
      prepare: (bench) => transformSubject(bench, { operator, options }, on),
      limit: "copy input and output",
      ...(monai === false ? {} : { peer: () => transformOfPeer(operator, { ...options, ...monai }, on) }),
      draws: build.extend.declarationOf(Reflect.get(build.ops, operator))?.random ?? false,
      targets: [transformTarget],
      ...(bound === undefined ? {} : { bound }),
    };
  });
}

function transformOfPeer(operator: string, options: Example["options"], input: InputName): PeerWork {
  return { by: "MONAI", kind: "transform", steps: monaiSteps([{ operator, options }]), input };
}

/** One transform of an input that it may write to. */
export async function transformSubject(
  bench: Bench,
  step: OperatorStep | readonly OperatorStep[],
  on: InputName,
): Promise<Subject> {
  const { build } = bench;
  const input = await inputsOf(bench).get(on);
  let clock: Clock = { begin: () => undefined };
  let latest: unknown;
  const steps = [handOver(build, keysOf(build, input), () => clock), ...[step].flat()];
  const dataset = pipeline(build, [input], steps);
  return {
    async run(given) {
      clock = given;
      const results = await collected(build, dataset);
      latest = results;
      return results;
    },
    limit: () =>
      [input, latest].flat().map((item) => mapVolumes(build, item, (volume) => volume.withSamples(copied(volume)))),
  };
}

type OperatorStep = Parameters<typeof pipeline>[2][number];

/** Fields with volumes; undefined for a volume alone. */
function keysOf({ vox }: Build, input: unknown): string[] | undefined {
  if (input instanceof vox.Volume || typeof input !== "object" || input === null) return undefined;
  return Object.entries(input).flatMap(([key, value]) => (value instanceof vox.Volume ? [key] : []));
}

function copied({ storage, strides, offset }: Parameters<Parameters<typeof mapVolumes>[2]>[0]) {
  return { data: storage.slice(), strides, offset };
}

/** Options as they are written in code, without quotes and what can't be shown. */
function textOf(options: Example["options"]): string {
  const text = JSON.stringify(options).replaceAll('"', "").replaceAll(",", ", ").replaceAll(":", ": ");
  return text === "{}" ? "" : text.length > 90 ? `${text.slice(0, 89)}…` : text;
}
