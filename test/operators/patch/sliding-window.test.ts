import { describe, expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import { slidingWindow, stitch } from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";

describe("slidingWindow and stitch", () => {
  test("keep the number of a patch that was cut into windows", async () => {
    const crop = ramp([1, 5, 5]).withMeta({ patchIndex: 2 });
    const parts = await Dataset.from([{ crop }])
      .pipe(slidingWindow({ keys: "crop", roiSize: 3 }))
      .toArray();
    expect(parts.map((part) => part.crop.meta.patchIndex)).toEqual([0, 1, 2, 3]);
    const [whole] = await Dataset.from(parts)
      .pipe(stitch({ keys: "crop" }))
      .toArray();
    expect(whole?.crop.meta).toEqual(crop.meta);
  });

  test("make windows one at a time, however many there are", async () => {
    const image = new Volume({ data: new Uint8Array(160 ** 3), shape: [1, 160, 160, 160] });
    for await (const part of Dataset.from([image]).pipe(slidingWindow({ roiSize: 1 }))) {
      expect(part.meta.patch).toMatchObject({ index: 0, count: 160 ** 3, start: [0, 0, 0] });
      break;
    }
  });
});
