import * as ort from "onnxruntime-web";
import { describe, expect, expectTypeOf, test } from "vitest";
import { Dataset, type TypedArray, Volume } from "voxrx";
import * as op from "voxrx/operators";

const tensor = (data: TypedArray) => new Volume({ data, shape: [1, 2, 2, 1] }).toTensor({ layout: "NCXYZ" });
const items = (count = 3) =>
  Dataset.from(Array.from({ length: count }, (_, n) => ({ image: tensor(Float32Array.of(n, 1, 2, 3)), name: "a" })));

describe("toOrt", () => {
  test.each([Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array])(
    "gives a tensor of the type, shape and memory of %o",
    async (Type) => {
      const given = tensor(Type.of(1, 2, 3, 4));
      for await (const item of Dataset.from([{ deep: [given], name: "a" }]).pipe(op.toOrt(ort))) {
        expectTypeOf(item).toEqualTypeOf<{ deep: ort.Tensor[]; name: string }>();
        const [made] = item.deep;
        expect([made?.type, made?.dims, item.name]).toEqual([given.dtype, [1, 1, 2, 2, 1], "a"]);
        expect(made?.data).toBe(given.data);
      }
    },
  );

  test("disposes when the next item is requested, at the end, and after a break", async () => {
    const seen: ort.Tensor[] = [];
    for await (const { image } of items().pipe(op.toOrt(ort))) {
      expect(seen.map(({ location }) => location)).toEqual(seen.map(() => "none"));
      expect(image.location).toBe("cpu");
      seen.push(image);
    }
    expect(seen.map(({ location }) => location)).toEqual(["none", "none", "none"]);
    for await (const { image } of items().pipe(op.toOrt(ort))) {
      seen.push(image);
      break;
    }
    expect(seen.at(-1)?.location).toBe("none");
  });

  test("leaves what the consumer disposed, and with { dispose: false } everything", async () => {
    for await (const { image } of items().pipe(op.toOrt(ort))) image.dispose();
    const kept = await items()
      .pipe(op.toOrt(ort, { dispose: false }), op.prefetch(2))
      .toArray();
    expect(kept.map(({ image }) => image.location)).toEqual(["cpu", "cpu", "cpu"]);
  });

  test("is refused before something that would hold its items", () => {
    expect(() => items().pipe(op.toOrt(ort), op.prefetch(2))).toThrow("Put toOrt last");
  });

  test("refuses something that is not the module", () => {
    // @ts-expect-error: no module
    expect(() => op.toOrt({ Tensor: 1 })).toThrow('ort: expected the module: import * as ort from "onnxruntime-node"');
  });
});
