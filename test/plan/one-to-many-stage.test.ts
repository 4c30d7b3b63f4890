import { expect, test } from "vitest";
import { Dataset, type Volume } from "voxrx";
import { countSchema, partsOperator } from "voxrx/extend";
import { map, prefetch } from "voxrx/operators";
import { turns } from "../support/counting.ts";
import { ramp } from "../support/volumes.ts";

const rows = partsOperator<{ readonly count: number }>()({
  name: "rows",
  version: 1,
  options: { count: countSchema },
  count: ({ count }) => count,
  *parts(volumes, { count }) {
    for (let n = 0; n < count; n++) yield volumes.map((volume) => volume.crop([n], [n + 1]));
  },
});

test("an item is computed once for all of its parts, along the stream and ahead by index", async () => {
  const images = [0, 1, 2, 3].map((n) => ramp([1, 3, 1], "float32", 10 * n));
  const computed: (number | undefined)[] = [];
  const parts = Dataset.from(images).pipe(
    map(async (image: Volume) => {
      computed.push(image.get(0, 0, 0));
      await turns(2);
      return image;
    }),
    rows({ count: 3 }),
  );
  const wanted = images.flatMap((image) => [0, 1, 2].map((n) => image.get(0, n, 0)));
  for (const dataset of [
    parts,
    parts.pipe(prefetch({ buffer: 2, concurrency: 2 })),
    parts.pipe(prefetch({ concurrency: 5 })),
  ]) {
    computed.length = 0;
    expect((await dataset.toArray()).map((part) => part.get(0, 0, 0))).toEqual(wanted);
    expect(computed).toEqual([0, 10, 20, 30]);
  }
  computed.length = 0;
  expect((await parts.at(7)).get(0, 0, 0)).toBe(21);
  expect(computed).toEqual([20]);
});
