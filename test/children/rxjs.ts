/** Programs that are run in a process of their own, to see what happens when nothing in it is alive any more. */
import { groupBy, mergeMap, Subscriber, timer } from "rxjs";
import { Dataset, isVoxRxError } from "../../src/index.ts";

const numbers = () => Dataset.from(Array.from({ length: 50 }, (_, n) => n));

const programs: Readonly<Record<string, () => Promise<unknown>>> = {
  async stall() {
    const stalls = numbers().pipe(function grouped(source) {
      return source.pipe(
        groupBy((n) => n % 3),
        mergeMap((group) => group),
      );
    });
    return stalls.toArray().catch((error: unknown) => isVoxRxError(error) && [error.code, error.message]);
  },
  async unseen() {
    const { add } = Subscriber.prototype;
    Object.defineProperty(Subscriber.prototype, "add", { get: () => add, set: () => undefined });
    const outputs: number[] = [];
    for (let run = 0; run < 2; run++) {
      const waits = numbers().pipe(mergeMap((n) => timer(1).pipe(mergeMap(() => [n]))));
      outputs.push((await waits.toArray()).length);
    }
    return outputs;
  },
};

console.log(JSON.stringify(await programs[process.argv[2] ?? ""]?.()));
