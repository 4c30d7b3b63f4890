import { map as rxMap } from "rxjs";
import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, onNumbers, onScans, quiet } from "./items.ts";

/** Cases of operators/flow. */
export const flowCases: Readonly<Record<string, OperatorCase>> = {
  map: onNumbers(fitting(() => operators.map((n: number) => n + 1))),
  mapAsync: onNumbers(fitting(() => operators.mapAsync(async (n: number) => n + 1))),
  filter: onNumbers(
    fitting(() => operators.filter((n: number) => n > 2)),
    false,
  ),
  flatMap: onNumbers(
    fitting(() => operators.flatMap((n: number) => [n, n])),
    false,
  ),
  tap: onNumbers(fitting(() => operators.tap(() => undefined))),
  take: onNumbers(fitting(() => operators.take(2))),
  skip: onNumbers(fitting(() => operators.skip(2))),
  subset: onNumbers(fitting(() => operators.subset([3, 0, -1]))),
  repeat: onNumbers(fitting(() => operators.repeat(2))),
  shuffle: onNumbers(fitting(() => operators.shuffle())),
  forRank: onNumbers(fitting(() => operators.forRank({ rank: 1, worldSize: 2 }))),
  balance: onNumbers(fitting(() => operators.balance({ by: (n: number) => n % 3 === 0 }))),
  batch: onScans(fitting(() => operators.batch(2))),
  unbatch: { items: () => [[1, 2], [3], [4, 5]], make: fitting(() => operators.unbatch()), keepsIndex: false },
  parallel: onNumbers(fitting(() => operators.parallel({ workers: 2 }))),
  prefetch: onNumbers(fitting(() => operators.prefetch({ buffer: 2, concurrency: 2 }))),
  progress: onNumbers(fitting(() => operators.progress(quiet))),
  onError: onNumbers(
    fitting(() => operators.onError({ skip: true, onSkip: () => undefined })),
    false,
  ),
  indexed: onNumbers(fitting(() => operators.indexed())),
  rxjs: onNumbers(
    fitting(() => operators.rxjs(rxMap((n: number) => n + 1))),
    false,
  ),
};
