/** What is true of an operator, from its declaration and from the plan of its example. */
import * as operators from "voxrx/operators";
import { cacheUntilRandom, parallel } from "voxrx/operators";
import { Dataset } from "../../src/dataset.ts";
import { declarationOf } from "../../src/operator/declared-factory.ts";
import type { RanExample } from "./run-example.ts";

/** A fact: what it is about, and what is so. */
export type Fact = readonly [about: string, text: string];

const worksOn: Readonly<Record<string, string>> = {
  volumes: "volumes, bare or in fields of a record",
  parts: "volumes, bare or in fields of a record; makes several items of one",
  items: "single items",
  stream: "the stream: which items come, and in which order",
};

/** What the declaration says, and what `explain()` says of the plan of the example. */
export function factsOf(name: string, ran: RanExample): Fact[] {
  const declaration = declarationOf(Reflect.get(operators, name));
  const [use] = ran.uses;
  const facts: Fact[] = [];
  if (declaration) {
    facts.push(["works on", worksOn[declaration.works] ?? declaration.works]);
    facts.push(["version", String(declaration.version)]);
  }
  if (!use?.input || !use.operator)
    return [...(use ? [indexFact(use.output.stage.index !== undefined)] : []), ...facts];
  const { input, output, operator } = use;
  const isRandom = declaration?.random ?? output.stage.randomCount > input.stage.randomCount;
  if (output.stage.lends !== undefined)
    return [
      indexFact(output.stage.index !== undefined),
      ["place", "last: its tensors are disposed when the next item is requested"],
    ];
  const cached = lineOf(name, `${operator(input).pipe(cacheUntilRandom()).explain()}`);
  const moved = lineOf(
    name,
    operator(input)
      .pipe(parallel({ workers: 2 }))
      .explain(),
  );
  const kind = isRandom
    ? "random"
    : cached?.includes("opaque")
      ? "opaque: it may do anything, so it is never cached"
      : "deterministic";
  if (cached !== undefined) facts.unshift(["result", kind]);
  if (cached !== undefined && /\bcached\b/.test(cached) && !cached.includes("never cached"))
    facts.push(["cache", "its results can be cached by `cacheUntilRandom`"]);
  if (moved?.includes("on worker threads")) facts.push(["threads", "`parallel` moves it to worker threads"]);
  else if (moved !== undefined) facts.push(["threads", "stays on the main thread"]);
  if (input.stage.index) facts.push(indexFact(output.stage.index !== undefined));
  return facts;
}

function indexFact(keepsIndex: boolean): Fact {
  return [
    "index",
    keepsIndex ? "an indexed dataset stays indexed (`length`, `at(i)`)" : "the result is a stream without an index",
  ];
}

/** The line of an operator in what `explain()` says; undefined if it has none of its own. */
function lineOf(name: string, explained: string): string | undefined {
  return explained.split("\n").findLast((line) => line.trimStart().startsWith(`${name} `));
}

/** What `explain()` says of the example's plan, up to the operator. */
export function planOf({ uses }: RanExample): string {
  const dataset = uses.at(-1)?.output;
  return dataset instanceof Dataset ? dataset.explain().split("\n").slice(1).join("\n") : "";
}
