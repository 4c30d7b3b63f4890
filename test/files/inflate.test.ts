import { createHash } from "node:crypto";
import { constants, crc32, deflateSync, gunzipSync, gzipSync, inflateSync, type ZlibOptions } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError } from "../../src/errors.ts";
import { type InflateOptions, inflateWith } from "../../src/files/inflate.ts";
import { type InflateInto, libdeflate } from "../../src/files/libdeflate.ts";

const found = libdeflate();
const libraries = [["zlib", undefined] as const, ...(found ? [["libdeflate", found] as const] : [])];

/** Contents of images: noise, smooth ramps, background with few values, nothing. */
const contents = {
  noise: (i: number) => Math.imul(i + 1, 2654435761) >>> 24,
  ramp: (i: number) => (i >> 4) + ((Math.imul(i, 40503) >>> 13) & 3),
  label: (i: number) => (i % 1000 < 60 ? (i >> 12) % 5 : 0),
  zeros: () => 0,
};

const settings: Readonly<Record<string, ZlibOptions>> = {
  default: {},
  fastest: { level: 1 },
  best: { level: 9, memLevel: 9 },
  stored: { level: 0 },
  fixed: { strategy: constants.Z_FIXED },
  huffmanOnly: { strategy: constants.Z_HUFFMAN_ONLY },
  runs: { strategy: constants.Z_RLE },
  smallWindow: { windowBits: 9 },
  smallMemory: { memLevel: 1 },
};

const contentArbitrary = fc
  .record({
    kind: fc.constantFrom(...Object.values(contents)),
    length: fc.oneof(fc.constantFrom(0, 1, 258, 40_000), fc.nat(3000)),
    setting: fc.constantFrom(...Object.values(settings)),
  })
  .map(({ kind, length, setting }) => ({ bytes: Uint8Array.from({ length }, (_, i) => kind(i)), setting }));

/** The code of an error, or what tells bytes from others. */
type Outcome = string;

function sumOf(bytes: Uint8Array): Outcome {
  return `${bytes.length} bytes, ${createHash("sha1").update(bytes).digest("hex")}`;
}

type Library = InflateInto | undefined;

async function outcomeOf(library: Library, packed: Uint8Array, bytes: number, options: Partial<InflateOptions> = {}) {
  // What lies around the room must stay as it is.
  const memory = new Uint8Array(bytes + 32).fill(0xa5);
  const expected = { bytes, keeps: true, room: () => memory.subarray(16, 16 + bytes) };
  const parts: Uint8Array[] = [];
  let outcome: Outcome;
  try {
    for await (const part of inflateWith(library, packed, {
      packing: "gzip",
      path: "a.gz",
      signal: undefined,
      expected,
      ...options,
    })) {
      parts.push(part);
    }
    outcome = sumOf(Buffer.concat(parts));
  } catch (error) {
    if (!isVoxRxError(error)) throw error;
    outcome = error.code;
  }
  expect([...memory.subarray(0, 16), ...memory.subarray(16 + bytes)].every((byte) => byte === 0xa5)).toBe(true);
  return { outcome, parts };
}

/** What Node makes of gzip; an error where it stops before bytes that are not zero. */
function gunzipped(packed: Uint8Array): Outcome {
  try {
    return sumOf(gunzipSync(packed));
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR"
      ? "VOXRX_TRUNCATED_FILE"
      : "VOXRX_BAD_COMPRESSION";
  }
}

describe.each(libraries)("inflating with %s", (_, library) => {
  const outcome = async (packed: Uint8Array, bytes: number, options: Partial<InflateOptions> = {}) =>
    (await outcomeOf(library, packed, bytes, options)).outcome;

  test("gives what was compressed, whatever its content, size and settings, as one part", async () => {
    await fc.assert(
      fc.asyncProperty(contentArbitrary, fc.constantFrom("gzip", "zlib"), async ({ bytes, setting }, packing) => {
        const packed = packing === "gzip" ? gzipSync(bytes, setting) : deflateSync(bytes, setting);
        const { outcome, parts } = await outcomeOf(library, packed, bytes.length, { packing });
        expect(outcome).toBe(sumOf(bytes));
        expect(parts.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 30 },
    );
  });

  test("gives all bytes and the same errors where fewer or more than expected come", async () => {
    await fc.assert(
      fc.asyncProperty(contentArbitrary, fc.integer({ min: -300, max: 70_000 }), async ({ bytes, setting }, more) => {
        const expected = Math.max(0, bytes.length + more);
        expect(await outcome(gzipSync(bytes, setting), expected)).toBe(sumOf(bytes));
      }),
      { numRuns: 15 },
    );
  });

  test("goes through all members, and zeros after them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(contentArbitrary, { maxLength: 3 }), fc.nat(600), async (members, zeros) => {
        const all = [{ bytes: Uint8Array.from({ length: 2 ** 18 }, (_, i) => i), setting: {} }, ...members];
        const packed = all.map(({ bytes, setting }) => gzipSync(bytes, setting));
        const whole = Buffer.concat(all.map(({ bytes }) => bytes));
        expect(await outcome(Buffer.concat([...packed, Buffer.alloc(zeros)]), whole.length)).toBe(sumOf(whole));
      }),
      { numRuns: 10 },
    );
  });

  test("refuses other bytes after gzip, and passes over those after zlib", async () => {
    const bytes = Buffer.alloc(5000, "voxel");
    for (const after of [[1], [0, 0, 1], [0x1f, 0x8b]]) {
      const refused = await outcome(Buffer.concat([gzipSync(bytes), Buffer.from(after)]), bytes.length);
      expect(refused).toMatch(/VOXRX_BAD_COMPRESSION|VOXRX_TRUNCATED_FILE/);
      const packing = "zlib";
      const packed = Buffer.concat([deflateSync(bytes), Buffer.from(after)]);
      expect(await outcome(packed, bytes.length, { packing })).toBe(sumOf(bytes));
    }
  });

  test("takes gzip for zlib where a header mixes them up, not the other way round", async () => {
    const bytes = Buffer.alloc(5000, "voxel");
    expect(await outcome(gzipSync(bytes), bytes.length, { packing: "zlib" })).toBe(sumOf(bytes));
    expect(await outcome(deflateSync(bytes), bytes.length)).toBe("VOXRX_BAD_COMPRESSION");
  });

  test("verifies the checksum of a gzip header", async () => {
    const [plain, bytes] = [gzipSync("voxels"), Buffer.from("voxels")];
    const header = Buffer.from([0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3]);
    const withSum = (wrong: number) => {
      const sum = Buffer.alloc(2);
      sum.writeUInt16LE((crc32(header) ^ wrong) & 0xffff);
      return Buffer.concat([header, sum, plain.subarray(10)]);
    };
    expect(await outcome(withSum(0), 6)).toBe(sumOf(bytes));
    expect(await outcome(withSum(1), 6)).toBe("VOXRX_BAD_COMPRESSION");
  });

  // A code that is damaged may still be read as the same bytes: libdeflate takes more codes than zlib. What differs
  // from what was compressed has another checksum.
  const isHarmless = (got: Outcome, bytes: Uint8Array) => library !== undefined && got === sumOf(bytes);

  test("accepts and refuses damaged and cut data as Node does, with the same bytes", async () => {
    const damage = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(7), cut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(contentArbitrary, damage, async ({ bytes, setting }, { at, bit, cut }) => {
        const packed = gzipSync(bytes, setting);
        const place = Math.min(packed.length - 1, Math.floor(at * packed.length));
        packed[place] = (packed[place] ?? 0) ^ (cut ? 0 : 1 << bit);
        const damaged = cut ? packed.subarray(0, Math.max(2, place)) : packed;
        // Without the magic bytes it is not gzip, which the caller finds out.
        fc.pre(damaged[0] === 0x1f && damaged[1] === 0x8b);
        const got = await outcome(damaged, bytes.length);
        if (!isHarmless(got, bytes)) expect(got).toBe(gunzipped(damaged));
      }),
      { numRuns: 100 },
    );
  });

  test("accepts and refuses damaged zlib as Node does", async () => {
    await fc.assert(
      fc.asyncProperty(contentArbitrary, fc.nat(), fc.nat(7), async ({ bytes, setting }, at, bit) => {
        const packed = deflateSync(bytes, setting);
        const place = at % packed.length;
        packed[place] = (packed[place] ?? 0) ^ (1 << bit);
        let wanted: Outcome | undefined;
        try {
          wanted = sumOf(inflateSync(packed));
        } catch {}
        const got = await outcome(packed, bytes.length, { packing: "zlib" });
        if (wanted) expect(got).toBe(wanted);
        else if (!isHarmless(got, bytes)) expect(got).toMatch(/VOXRX_BAD_COMPRESSION|VOXRX_TRUNCATED_FILE/);
      }),
      { numRuns: 50 },
    );
  });

  test("rejects with the reason of an abort, before and during the work", async () => {
    const bytes = Buffer.alloc(2 ** 20, "voxel");
    const packed = gzipSync(bytes);
    const reason = new Error("enough");
    await expect(outcome(packed, bytes.length, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const work = outcome(packed, bytes.length, { signal: controller.signal });
    controller.abort(reason);
    await expect(work).rejects.toBe(reason);
  });
});

test("what a library can't inflate, or fails at, zlib inflates", async () => {
  const bytes = Buffer.alloc(5000, "voxel");
  for (const library of [async () => undefined, found]) {
    expect((await outcomeOf(library, gzipSync(bytes), 10)).outcome).toBe(sumOf(bytes));
  }
});
