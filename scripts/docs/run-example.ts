/** Runs the example of an operator in a directory of its own, and keeps what went into the operator and came out. */
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import "@tensorflow/tfjs-backend-cpu";
import type { Observable } from "rxjs";
import { Dataset } from "voxrx";
import { extendPlan } from "../../src/extend-plan.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Stage } from "../../src/plan/stage.ts";
import { declaredValue, sceneOf } from "./demo-data.ts";
import { withDemoFiles } from "./demo-files.ts";
import { EventLog } from "./event-log.ts";
import { exampleModule } from "./example-code.ts";
import { filesIn } from "./files-in.ts";
import type { Presentation } from "./presentations.ts";
import { Printed } from "./printed.ts";
import { root } from "./read-operators.ts";

/** One place where an example uses its operator. */
export interface Use {
  /** What the operator was put after; undefined for one that takes datasets as arguments. */
  readonly input: Dataset<unknown> | undefined;
  readonly output: Dataset<unknown>;
  /** The operator itself, to be put elsewhere. */
  readonly operator: ((source: Observable<unknown>) => Dataset<unknown>) | undefined;
}

/** An example that was run. */
export interface RanExample {
  readonly uses: readonly Use[];
  readonly log: EventLog;
  /** Its working directory. */
  readonly dir: string;
  readonly printed: Printed;
  /** The files that were there before it ran. */
  readonly filesBefore: readonly string[];
}

/** Runs an example, then calls `look` while its directory and servers are there. */
export async function runExample<T>(
  operator: string,
  code: string,
  presentation: Presentation,
  look: (ran: RanExample) => Promise<T>,
): Promise<T> {
  const base = join(root, ".voxrx", "operator-pages");
  const dir = join(base, operator);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const before = process.cwd();
  process.chdir(dir);
  const printed = new Printed();
  try {
    return await withDemoFiles(dir, code, async (readyCode) => {
      // A module is loaded once: another example needs another name.
      const module = exampleModule(readyCode, operator);
      const path = join(base, `${operator}.${createHash("md5").update(module).digest("hex").slice(0, 8)}.ts`);
      writeFileSync(path, module);
      const filesBefore = filesIn(dir);
      const { uses, log } = await runModule(path, presentation, printed);
      if (uses.length === 0) throw new Error("its example does not use it");
      return await look({ uses, log, dir, printed, filesBefore });
    });
  } finally {
    printed.stop();
    process.chdir(before);
  }
}

async function runModule(path: string, presentation: Presentation, printed: Printed) {
  const { default: run }: { default: (demo: object) => Promise<void> } = await import(pathToFileURL(path).href);
  const scene = await sceneOf(presentation.scene);
  const log = new EventLog();
  const uses: Use[] = [];
  const demo = {
    declared: (name: string, type: string) => declaredValue(scene, name, type),
    watchedDataset: new Proxy(Dataset, {
      get: (target, name) =>
        name === "from"
          ? (input: unknown, options?: object) =>
              Array.isArray(input)
                ? log.sourceOf(input, options)
                : Reflect.apply(Dataset.from, Dataset, [input, options])
          : Reflect.get(target, name),
    }),
    watched: (factory: (...given: unknown[]) => unknown) => watchedFactory(factory, uses, log, presentation),
  };
  printed.start();
  await run(demo);
  return { uses, log };
}

/** A factory whose operators, or datasets, are noted. */
function watchedFactory(
  factory: (...given: unknown[]) => unknown,
  uses: Use[],
  log: EventLog,
  { watches }: Presentation,
) {
  return (...given: unknown[]) => {
    const made = factory(...given);
    if (made instanceof Dataset) {
      uses.push({ input: undefined, output: made, operator: undefined });
      return made;
    }
    if (!isOperator(made)) throw new Error("it is neither an operator nor makes a dataset");
    return makeOperator((input: Stage<unknown>) => {
      const seen = watches === "input" ? log.seenAt(input) : input;
      const again = () => Dataset.ofStage(extendPlan(seen, [made]));
      const output = again();
      // The example may have run its own: what that keeps is not in another one.
      uses.push({ input: Dataset.ofStage(seen), output: again(), operator: made });
      return output.stage;
    });
  };
}

function isOperator(value: unknown): value is (source: Observable<unknown>) => Dataset<unknown> {
  return typeof value === "function";
}
