import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { map, onError, slidingWindow, stitch, take } from "voxrx/operators";
import { ramp, valuesOf } from "../../support/volumes.ts";

test("windows that agree give exactly their value, in range or at its end; the last item cut short is skipped by onError", async () => {
  for (const value of [(n: number) => Math.sin(n) * 1e3, () => -3e38])
    for (const mode of ["constant", "gaussian"] as const)
      for (const layout of ["x-fastest", "z-fastest"] as const) {
        const image = ramp([2, 7, 6, 5]).withSamples({
          data: Float32Array.from({ length: 420 }, (_, n) => value(n)),
          layout: "x-fastest",
        });
        const [whole] = await Dataset.from([image])
          .pipe(
            slidingWindow({ roiSize: [4, -1, 9], overlap: 0.7, mode }),
            map((w) => w.toContiguous(layout)),
            stitch(),
          )
          .toArray();
        expect(valuesOf(whole ?? ramp([1, 1, 1]))).toEqual(valuesOf(image));
      }
  const failed: unknown[] = [];
  const report = ({ item }: { item: string | undefined }) => failed.push(item);
  const cut = Dataset.from([ramp([1, 7, 7]), ramp([1, 7, 7])]).pipe(
    slidingWindow({ roiSize: 4 }),
    take(6),
    stitch(),
    onError({ skip: true, report }),
  );
  expect([(await cut.toArray()).length, failed]).toEqual([1, ["1"]]);
});
