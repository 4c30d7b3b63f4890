/** A format reads what it wrote, in all ways of reading. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert";
import { asDtype } from "../format/samples/as-dtype.ts";
import { dtypes } from "../samples.ts";
import type { Volume } from "../volume/volume.ts";
import { type FormatCheck, reading, validFiles } from "./format-subject.ts";
import { assertSame, spelledOut } from "./same-items.ts";

export const writingChecks: readonly FormatCheck[] = [
  [
    "what it writes it reads back: shape, samples, type and affine",
    async (subject, dir) => {
      const { format, keeps } = subject;
      for (const { path, written } of await validFiles(subject, dir)) {
        if (!written) continue;
        const what = `a volume of ${written.dtype} [${written.shape}]`;
        const back = await format.read(path, reading(written.dtype));
        deepStrictEqual(
          [back.dtype, back.shape],
          [written.dtype, written.shape],
          `${what} came back with another type or shape`,
        );
        assertSame(back.samples, written.samples, `${what} came back with other samples`);
        checkAffine(back, written, keeps.affine ?? 1e-6);
      }
    },
  ],
  [
    "samples come in the requested type, rounded to the nearest value and clamped to its range",
    async (subject, dir) => {
      for (const { path, written } of await validFiles(subject, dir)) {
        if (!written) continue;
        for (const dtype of dtypes) {
          const what: string = `a volume of ${written.dtype} [${written.shape}], requested as ${dtype},`;
          const back = await subject.format.read(path, reading(dtype));
          strictEqual(back.dtype, dtype, `${what} came as ${back.dtype}`);
          assertSame(back.samples, asDtype(written, dtype).samples, `${what} has other samples`);
        }
        const back = await subject.format.read(path, reading("auto"));
        const rounded = Array.from(written.samples, Math.fround);
        const exact = Array.from(written.samples);
        assertSame(
          Array.from(back.samples),
          back.dtype === "float32" ? rounded : exact,
          `requested as auto, ${path} has other samples`,
        );
      }
    },
  ],
];

function checkAffine(back: Volume, written: Volume, tolerance: number | false): void {
  if (tolerance === false) return;
  const isPlane = written.spatialShape.length === 2;
  const largest = Math.max(...written.affine.map(Math.abs));
  for (const [n, number] of written.affine.entries()) {
    if (isPlane && n % 4 === 2) continue;
    const off = Math.abs((back.affine[n] ?? Number.NaN) - number);
    ok(off <= tolerance * largest, `the affine [${written.affine}] came back as [${back.affine}]`);
  }
}

export const readingChecks: readonly FormatCheck[] = [
  [
    "its header agrees with the image",
    async (subject, dir) => {
      for (const { path } of await validFiles(subject, dir)) {
        const header = await subject.format.header(path, reading());
        const { shape, affine, spacing, axcodes } = await subject.format.read(path, reading());
        const { shape: headerShape, affine: headerAffine, spacing: headerSpacing, axcodes: headerAxcodes } = header;
        assertSame(
          { shape: headerShape, affine: headerAffine, spacing: headerSpacing, axcodes: headerAxcodes },
          { shape, affine, spacing, axcodes },
          `the header of ${path} says [${headerShape}] in ${headerAxcodes}, and the image is [${shape}] in ${axcodes}`,
        );
        ok(header.dtype !== "" && header.format !== "", "the header lacks its type or its format");
        assertSame(JSON.parse(JSON.stringify(header.header)), header.header, "the header's facts are not plain JSON");
      }
    },
  ],
  [
    "an aborted signal rejects with its reason",
    async (subject, dir) => {
      const { format } = subject;
      const [file] = await validFiles(subject, dir, 1);
      if (!file) return;
      const { path, bytes } = file;
      const reason = new Error("enough");
      const aborted = AbortSignal.abort(reason);
      const later = new AbortController();
      const calls: Readonly<Record<string, Promise<unknown> | undefined>> = {
        read: format.read(path, reading("auto", aborted)),
        header: format.header(path, reading("auto", aborted)),
        decode: format.decode?.(bytes, { name: path, dtype: "auto", signal: aborted }),
        "read, aborted once it has begun,": format.read(path, reading("auto", later.signal)),
      };
      const outcomes = Object.entries(calls).map(
        ([name, call]) =>
          call && rejects(call, (error) => error === reason, `${name} does not reject with the signal's reason`),
      );
      later.abort(reason);
      await Promise.all(outcomes);
    },
  ],
];

export const decodingChecks: readonly FormatCheck[] = [
  [
    "decoding bytes yields the same as reading their file, wherever in memory they are",
    async (subject, dir) => {
      const { format } = subject;
      for (const { path, bytes } of await validFiles(subject, dir)) {
        const read = spelledOut(await format.read(path, reading()));
        const larger = Buffer.alloc(bytes.length + 8, 7);
        larger.set(bytes, 3);
        for (const given of [bytes, larger.subarray(3, 3 + bytes.length)]) {
          const decoded = await format.decode?.(given, { name: path, dtype: "auto", signal: undefined });
          const where = given === bytes ? "" : " that are part of larger memory";
          assertSame(spelledOut(decoded), read, `decoding bytes${where} yields another image than reading ${path}`);
        }
      }
    },
  ],
  [
    "a decoded image keeps no part of its bytes, and leaves them as they were",
    async (subject, dir) => {
      for (const { path, bytes } of await validFiles(subject, dir)) {
        const given = bytes.slice();
        const volume = await subject.format.decode?.(given, { name: path, dtype: "auto", signal: undefined });
        const before = spelledOut(volume);
        assertSame(given, bytes, `decoding ${path} changed its bytes`);
        ok(volume?.storage.buffer !== given.buffer, `the image of ${path} is a view of its bytes`);
        given.fill(0x5a);
        assertSame(spelledOut(volume), before, `the image of ${path} changes with its bytes`);
      }
    },
  ],
];
