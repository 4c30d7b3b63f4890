import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, isTensor, isVoxRxError, type TypedArray, Volume, volumeAt } from "voxrx";
import { map, orientation } from "voxrx/operators";
import { sizeOf } from "../../src/item/size.ts";
import { allocate, dtypes, integerRange } from "../../src/samples.ts";
import { sizeOfShape } from "../../src/volume/strides.ts";
import { anyDense, anyView, anyViewed, rowMajor, stored } from "../support/views.ts";
import { plain, ramp } from "../support/volumes.ts";

describe("samples", () => {
  test("are exactly the voxels of the shape in row-major order, whatever the volume is a view of", () => {
    fc.assert(
      fc.property(anyViewed, (volume) => {
        expect(Array.from(volume.samples)).toEqual(rowMajor(volume));
        expect(volume.samples.length).toBe(sizeOfShape(volume.shape));
        expect(volume.samples).toBe(volume.samples);
        expect(stored(volume)).toEqual(rowMajor(volume));
      }),
    );
  });

  test("are not copied where they lie so, in memory of their own or in a larger one", () => {
    const volume = new Volume({ data: new Float32Array(24), shape: [2, 2, 2, 3] });
    expect(volume.samples).toBe(volume.storage);
    const second = volume.selectChannels(1, 2);
    expect(second.samples.buffer).toBe(volume.storage.buffer);
    expect(second.samples.length).toBe(12);
    expect(second.byteLength).toBe(48);
  });

  test("without gaps are not copied by toContiguous either, and no writing shows in another volume", () => {
    const volume = new Volume({ data: Float32Array.from({ length: 24 }, (_, n) => n), shape: [2, 2, 2, 3] });
    const channel = volume.selectChannels(1, 2).crop([1, 0, 0], [2, 2, 3]).toContiguous("z-fastest");
    expect(channel.storage).toEqual(Float32Array.of(18, 19, 20, 21, 22, 23));
    expect([channel.storage.buffer === volume.storage.buffer, channel.isContiguous("z-fastest")]).toEqual([true, true]);
    const other = volume.selectChannels(0, 1).toContiguous("z-fastest");
    channel.data.fill(-2);
    expect(Array.from(volume.samples)).toEqual(Array.from({ length: 24 }, (_, n) => n));
    volume.data.fill(-1);
    expect(Array.from(other.samples)).toEqual(Array.from({ length: 12 }, (_, n) => n));
  });

  test("that must be copied are copied once, and count", () => {
    const volume = ramp([1, 4, 5, 6], "int16");
    expect([volume.byteLength, sizeOf(volume)]).toEqual([240, 496]);
    const flipped = volume.flip([0]);
    expect(flipped.samples).toBe(flipped.samples);
    expect([flipped.byteLength, sizeOf(flipped), volume.byteLength]).toEqual([480, 736, 240]);
    expect(flipped.withMeta({}).byteLength).toBe(240);
  });

  test("of an image without voxels are none", () => {
    const empty = ramp([2, 3, 3, 3]).flip([1]).crop([1, 1, 1], [1, 2, 3]);
    expect([empty.samples.length, empty.data.length, empty.mapSamples((x) => x).size]).toEqual([0, 0, 0]);
  });

  test("after orientation and withSamples show the image, not its mirror image", async () => {
    const scan = ramp([1, 3, 2, 2]).withAffine([-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    const doubled = map((v: Volume) => v.withSamples({ data: Float32Array.from(v.samples, (x) => 2 * x) }));
    const [result] = await Dataset.from([scan])
      .pipe(orientation({ axcodes: "RAS" }), doubled)
      .toArray();
    expect(result?.axcodes).toBe("RAS");
    expect(result?.get(0, 0, 0, 0)).toBe(2 * (scan.get(0, 2, 1, 0) ?? Number.NaN));
    expect(rowMajor(result ?? scan)).toEqual(rowMajor(scan.flip([0, 1])).map((x) => 2 * x));
  });

  test("of a crop are those of the crop", () => {
    const crop = ramp([1, 10, 10, 10]).crop([2, 3, 4], [4, 5, 6]);
    expect(crop.samples.length).toBe(8);
    expect(Array.from(crop.samples)).toEqual([432, 532, 442, 542, 433, 533, 443, 543]);
  });
});

/** Something that happens to one of several volumes that share memory. */
type Step =
  | { readonly kind: "view"; readonly of: number; readonly view: (volume: Volume) => Volume }
  | { readonly kind: "write" | "write where it was"; readonly to: number; readonly at: number; readonly value: number }
  | { readonly kind: "read"; readonly of: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("view" as const), of: fc.nat(9), view: anyView }),
  fc.record({
    kind: fc.constantFrom("write" as const, "write where it was" as const),
    to: fc.nat(9),
    at: fc.nat(99),
    value: fc.nat(100),
  }),
  fc.record({ kind: fc.constant("read" as const), of: fc.nat(9) }),
);

describe("data", () => {
  test("changes its volume and no other, whatever shared its memory, and all ways to read agree", () => {
    fc.assert(
      fc.property(anyDense, fc.array(anyStep, { maxLength: 12 }), (first, steps) => {
        const volumes = [{ volume: first, wanted: rowMajor(first), held: undefined as TypedArray | undefined }];
        for (const step of steps) {
          const one = volumes[("of" in step ? step.of : step.to) % volumes.length] ?? volumes[0];
          if (!one) continue;
          if (step.kind === "view") {
            const volume = step.view(one.volume);
            if (volume !== one.volume) volumes.push({ volume, wanted: rowMajor(volume), held: undefined });
          } else if (step.kind === "read") {
            expect(Array.from(one.volume.samples)).toEqual(one.wanted);
          } else {
            const held = step.kind === "write" ? one.volume.data : (one.held ?? one.volume.data);
            one.held = held;
            held[step.at % held.length] = step.value;
            one.wanted[step.at % held.length] = step.value;
            expect(held.length).toBe(one.volume.size);
          }
          for (const { volume, wanted } of volumes) {
            expect(rowMajor(volume)).toEqual(wanted);
            expect(stored(volume)).toEqual(wanted);
            expect(Array.from(volume.samples)).toEqual(wanted);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("is the array that samples copied, where they were asked for first", () => {
    const flipped = ramp([1, 3, 3, 3]).flip([2]);
    const { samples } = flipped;
    expect(flipped.data).toBe(samples);
    expect([flipped.storage, flipped.byteLength]).toEqual([samples, 27 * 4]);
    expect([flipped.isContiguous("z-fastest"), flipped.offset]).toEqual([true, 0]);
  });

  test("leaves a view that was made after it as it was, also by an array that was taken before", () => {
    const volume = new Volume({ data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2] });
    const { data } = volume;
    const view = volume.flip([0]);
    data[0] = 9;
    expect([rowMajor(volume), rowMajor(view)]).toEqual([
      [9, 2, 3, 4],
      [3, 4, 1, 2],
    ]);
  });
});

describe("withSamples", () => {
  test("of a volume's samples is that volume", () => {
    fc.assert(
      fc.property(anyViewed, (volume) => {
        expect(plain(volume.withSamples({ data: volume.samples }))).toEqual(plain(volume));
      }),
    );
  });

  test("and new Volume refuse data of another length, with both numbers and what to do", () => {
    fc.assert(
      fc.property(anyViewed, fc.constantFrom(...dtypes), fc.nat(200), (volume, dtype, length) => {
        fc.pre(length !== volume.size);
        const data = allocate(dtype, length);
        for (const layout of ["x-fastest", "z-fastest", undefined] as const) {
          const inits = layout ? { data, layout } : { data };
          for (const act of [() => volume.withSamples(inits), () => new Volume({ ...inits, shape: volume.shape })]) {
            const caught = attempt(act);
            expect(isVoxRxError(caught, "VOXRX_BAD_VOLUME")).toBe(true);
            expect(String(caught)).toMatch(
              new RegExp(`has ${volume.size} samples, but data has ${length}\\. Give exactly`),
            );
          }
        }
      }),
    );
  });

  test("takes the order of a NIfTI file by name, and any other by strides", () => {
    const data = Uint8Array.of(0, 1, 2, 3, 4, 5);
    const shape = [1, 3, 2];
    expect(rowMajor(new Volume({ data, shape }))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rowMajor(new Volume({ data, shape, layout: "z-fastest" }))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rowMajor(new Volume({ data, shape, layout: "x-fastest" }))).toEqual([0, 3, 1, 4, 2, 5]);
    const part = new Volume({ data, shape: [1, 2, 2], strides: [0, 2, 1], offset: 2 });
    expect([rowMajor(part), part.storage]).toEqual([[2, 3, 4, 5], data]);
    for (const wrong of [
      { data, shape, layout: "y-fastest" as "x-fastest" },
      { data, shape, layout: "x-fastest" as const, strides: [6, 1, 3] },
      { data, shape: [1, 3, 1], offset: 3 },
    ]) {
      expect(
        isVoxRxError(
          attempt(() => new Volume(wrong)),
          "VOXRX_BAD_VOLUME",
        ),
      ).toBe(true);
    }
  });
});

describe("mapSamples", () => {
  test("is a map over samples, of the voxels of the shape alone, in the layout that was there", () => {
    fc.assert(
      fc.property(anyViewed, fc.constantFrom(...dtypes), (volume, dtype) => {
        let calls = 0;
        const mapped = volume.mapSamples(
          (value) => {
            calls++;
            return value + 3;
          },
          { dtype },
        );
        expect(calls).toBe(volume.size);
        expect(Array.from(mapped.samples)).toEqual(Array.from(volume.samples, (value) => value + 3));
        expect([mapped.dtype, mapped.affine, mapped.meta]).toEqual([dtype, volume.affine, volume.meta]);
        expect(mapped.storage.length).toBe(volume.size);
        expect(mapped.isShared).toBe(false);
      }),
    );
  });

  test("transposes nothing", () => {
    const nifti = ramp([2, 2, 3, 4], "int16");
    expect(nifti.mapSamples((x) => x).strides).toEqual(nifti.strides);
    const flipped = nifti.flip([1]).mapSamples((x) => x);
    expect(flipped.strides).toEqual([24, 1, -2, 6]);
  });

  test("refuses what an integer type can't hold and says what to do; of fractions all can be held", () => {
    for (const dtype of dtypes) {
      const volume = ramp([1, 2, 2], dtype);
      const range = integerRange(dtype);
      for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, ...(range ? [range[0] - 1, range[1] + 1] : [])]) {
        const act = () => volume.mapSamples((old) => (old === 3 ? value : old));
        if (range) {
          const caught = attempt(act);
          expect(isVoxRxError(caught, "VOXRX_VALUE_RANGE")).toBe(true);
          expect(String(caught)).toContain(`${value} is not a value of ${dtype}`);
          expect(String(caught)).toContain('mapSamples(fn, { dtype: "float32" })');
        } else expect(act().samples[3]).toBe(value);
      }
      if (range) expect(Array.from(volume.mapSamples((old) => range[old % 2] ?? 0).samples)).toContain(range[1]);
    }
  });
});

describe("toTensor", () => {
  const layouts = ["CXYZ", "CZYX", "XYZC", "ZYXC"] as const;
  const anyDtype = fc.constantFrom(...dtypes);

  test("has every voxel where its layout says, in every view, type and layout", () => {
    fc.assert(
      fc.property(anyViewed, fc.constantFrom(...layouts), fc.option(anyDtype, { freq: 1 }), (volume, layout, asked) => {
        const dtype = asked ?? volume.dtype;
        const letters = volume.shape.length === 3 ? layout.replace("Z", "") : layout;
        const shape = [...letters].map((letter) => volume.shape["CXYZ".indexOf(letter)] ?? 1);
        const wanted = voxelsAlong(volume, letters);
        const tensor = volume.toTensor({ layout, dtype });
        expect([tensor.shape, tensor.dtype, tensor.layout]).toEqual([shape, dtype, layout]);
        expect(Array.from(tensor.data)).toEqual(wanted);
        expect([tensor.affine, tensor.meta]).toEqual([volume.affine, volume.meta]);
        const batch = volume.toTensor({ layout: `N${layout}`, dtype });
        expect([batch.shape, Array.from(batch.data)]).toEqual([[1, ...shape], wanted]);
        expect(isTensor(batch)).toBe(true);
        const back = volumeAt(batch, 0);
        expect([rowMajor(back), back.affine, back.meta]).toEqual([rowMajor(volume), volume.affine, volume.meta]);
      }),
    );
  });

  test("is row-major unless asked otherwise, and is data where no other volume looks at it", () => {
    const make = () => new Volume({ data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2] });
    const volume = make();
    const tensor = volume.toTensor();
    expect([tensor.data, tensor.layout]).toEqual([volume.data, "CXYZ"]);
    expect(volume.toTensor({ layout: "XYZC" }).data).toBe(volume.data);
    const [shared, flipped] = [make().share(), make().flip([0])];
    shared.toTensor().data[0] = 9;
    flipped.toTensor().data[0] = 9;
    expect([rowMajor(shared), rowMajor(flipped)]).toEqual([
      [1, 2, 3, 4],
      [3, 4, 1, 2],
    ]);
  });

  test("belongs to whoever holds it, in every layout: writing to it changes no other volume", () => {
    fc.assert(
      fc.property(anyViewed, fc.constantFrom(...layouts), (volume, layout) => {
        const other = volume.share();
        const before = rowMajor(other);
        volume.toTensor({ layout }).data.fill(7);
        expect(rowMajor(other)).toEqual(before);
      }),
    );
  });

  test("refuses layouts that it does not know, and values that its type can't hold", () => {
    const volume = ramp([1, 20, 20]);
    expect(
      isVoxRxError(
        attempt(() => volume.toTensor({ layout: "XYZ" as "XYZC" })),
        "VOXRX_BAD_OPTION",
      ),
    ).toBe(true);
    expect(
      isVoxRxError(
        attempt(() => volume.toTensor({ dtype: "uint8" })),
        "VOXRX_VALUE_RANGE",
      ),
    ).toBe(true);
  });

  test("gives volumes that do not write into each other", () => {
    const tensor = ramp([1, 2, 2]).toTensor({ layout: "NCXYZ" });
    const [a, b] = [volumeAt(tensor, 0), volumeAt(tensor, 0)];
    a.data.fill(7);
    expect([rowMajor(b), Array.from(tensor.data)]).toEqual([
      [0, 2, 1, 3],
      [0, 2, 1, 3],
    ]);
  });
});

describe("toContiguous", () => {
  test("keeps every value in a type that holds it, and refuses all others of integers", () => {
    fc.assert(
      fc.property(anyViewed, fc.constantFrom(...dtypes), fc.double(), (volume, dtype, value) => {
        const at = volume.size - 1;
        const mixed = volume.mapSamples((x) => x, { dtype: "float64" });
        mixed.data[at] = value;
        const range = integerRange(dtype);
        const fits = !range || (Number.isInteger(value) && value >= range[0] && value <= range[1]);
        for (const layout of ["x-fastest", "z-fastest"] as const) {
          const made = attempt(() => mixed.toContiguous(layout, dtype));
          if (!fits) expect(isVoxRxError(made, "VOXRX_VALUE_RANGE")).toBe(true);
          else if (made instanceof Volume) {
            const held = allocate(dtype, 1);
            held[0] = value;
            expect([made.dtype, made.isContiguous(layout), made.samples[at]]).toEqual([dtype, true, held[0]]);
          } else expect(made).toBeInstanceOf(Volume);
        }
      }),
    );
  });
});

/** The voxels in the order of some axes, the last one fastest. */
function voxelsAlong(volume: Volume, letters: string): number[] {
  const walk = (rest: string, index: Readonly<Record<string, number>>): number[] => {
    const [letter, others] = [rest[0], rest.slice(1)];
    const { C = 0, X = 0, Y = 0, Z = 0 } = index;
    if (letter === undefined) return [volume.get(C, X, Y, Z) ?? Number.NaN];
    const n = volume.shape["CXYZ".indexOf(letter)] ?? 1;
    return Array.from({ length: n }, (_, i) => walk(others, { ...index, [letter]: i })).flat();
  };
  return walk(letters, {});
}

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (caught) {
    return caught;
  }
}
