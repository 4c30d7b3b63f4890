import { createHook } from "node:async_hooks";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeVolume, readHeader, readVolume, saveImage, Volume } from "voxrx";
import { registerFormat } from "voxrx/extend";
import { readerOver } from "../../src/files/byte-reader.ts";
import { type ByteSource, bytesInMemory } from "../../src/files/byte-source.ts";
import { dicomFile } from "../support/dicom-file.ts";

let folder: string;
const volume = new Volume({ data: Uint8Array.from({ length: 60 }, (_, i) => i), shape: [1, 5, 4, 3] });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voxrx-one-open-"));
  for (const name of ["a.nii", "a.nii.gz", "a.nrrd", "a.npy"]) await saveImage(volume, join(folder, name));
  await saveImage(volume.slice(2, 0), join(folder, "a.png"));
  const counting = Buffer.from(volume.storage.buffer);
  const metaImage = "ObjectType = Image\nNDims = 3\nDimSize = 5 4 3\nElementType = MET_UCHAR\nElementDataFile = ";
  await writeFile(join(folder, "a.mha"), `${metaImage}LOCAL\n${counting.toString("latin1")}`, "latin1");
  await writeFile(join(folder, "a.mhd"), `${metaImage}a.raw\n`);
  await writeFile(join(folder, "a.raw"), counting);
  const mgh = Buffer.alloc(284 + counting.length);
  for (const [n, value] of [1, 5, 4, 3, 1, 0].entries()) mgh.writeInt32BE(value, 4 * n);
  await writeFile(join(folder, "a.mgh"), mgh);
  await writeFile(join(folder, "a.mgz"), gzipSync(mgh));
  await writeFile(join(folder, "a.dcm"), dicomFile());
  // Loads the libraries that reading needs, which opens files too.
  await readVolume(join(folder, "a.nii"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** How many files are opened and how many streams of zlib are made during some work, as the runtime counts its resources. */
async function counted(work: () => Promise<unknown>): Promise<{ opens: number; inflates: number }> {
  let [opens, inflates] = [0, 0];
  const hook = createHook({
    init(_, type) {
      if (type === "FILEHANDLE") opens++;
      if (type === "ZLIB") inflates++;
    },
  }).enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return { opens, inflates };
}

describe("an image is opened once and inflated once", () => {
  const files: readonly (readonly [name: string, opens: number, inflates: number])[] = [
    ["a.nii", 1, 0],
    ["a.nii.gz", 1, 1],
    // Of a packed NRRD the samples are inflated, not the file.
    ["a.nrrd", 1, 1],
    ["a.mha", 1, 0],
    ["a.mhd", 2, 0],
    ["a.mgh", 1, 0],
    ["a.mgz", 1, 1],
    ["a.npy", 1, 0],
    ["a.dcm", 1, 0],
  ];

  test.each(files)("reading %s", async (name, opens, inflates) => {
    expect(await counted(() => readVolume(join(folder, name)))).toEqual({ opens, inflates });
  });

  test("reading a header", async () => {
    for (const [name, inflates] of [
      ["a.nii", 0],
      ["a.nii.gz", 1],
      ["a.nrrd", 0],
      ["a.mhd", 0],
      ["a.mgz", 1],
      ["a.dcm", 0],
      ["a.png", 0],
    ] as const) {
      expect(await counted(() => readHeader(join(folder, name))), name).toEqual({ opens: 1, inflates });
    }
  });

  test("decoding bytes in memory", async () => {
    const bytes = gzipSync(Buffer.concat([Buffer.from("\x93NUMPY", "latin1"), npyRest()]));
    expect(await counted(() => decodeVolume(bytes, { name: "a.npy.gz" }))).toEqual({ opens: 0, inflates: 1 });
  });

  test("a file that is refused", async () => {
    const path = join(folder, "text.gz");
    await writeFile(path, gzipSync(Buffer.alloc(2000, "text ")));
    const reading = () => expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_UNKNOWN_FORMAT" });
    expect(await counted(reading)).toEqual({ opens: 1, inflates: 1 });
  });
});

test("formats claim only paths that can't be opened as a file", async () => {
  const asked: string[] = [];
  registerFormat({
    name: "claiming",
    version: 1,
    extensions: [".claiming"],
    sniff: () => false,
    async claims(path) {
      asked.push(path);
      return path.endsWith(".claiming");
    },
    read: () => volume,
  });
  await readVolume(join(folder, "a.nii"));
  expect(asked).toEqual([]);
  const elsewhere = join(folder, "nowhere.claiming");
  expect((await readVolume(elsewhere)).meta.source).toBe(elsewhere);
  expect(asked).toEqual([elsewhere]);
  const missing = readVolume(join(folder, "missing.nii"));
  await expect(missing).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING" });
});

/** An array of 2 x 2 bytes after its magic. */
function npyRest(): Buffer {
  const text = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\n";
  const head = Buffer.from([1, 0, text.length, 0]);
  return Buffer.concat([head, Buffer.from(text), Buffer.from([1, 2, 3, 4])]);
}

describe("a reader", () => {
  const noise = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2654435761) >>> 13);

  /** Compares more bytes than the runner would in good time. */
  const sameAs = (wanted: Uint8Array) => (bytes: Uint8Array) => Buffer.from(wanted).equals(bytes);

  /** Bytes in memory that note which of them are read, and whether they were closed. */
  function watched(bytes: Uint8Array, name: string) {
    const { size, read } = bytesInMemory(bytes, name);
    const seen = { last: 0, closed: 0 };
    const source: ByteSource = {
      path: name,
      size,
      async read(target, position) {
        seen.last = Math.max(seen.last, position + target.length);
        return read(target, position);
      },
      async close() {
        seen.closed++;
      },
    };
    return { source, seen };
  }

  test.each([
    ["plain", noise],
    ["gzip", gzipSync(noise)],
    [
      "two members of gzip and padding",
      Buffer.concat([gzipSync(noise.subarray(0, 9000)), gzipSync(noise.subarray(9000)), Buffer.alloc(9000)]),
    ],
  ])("gives what was looked at again, then the rest: %s", async (_, bytes) => {
    const { source, seen } = watched(bytes, "a");
    const reader = await readerOver(source, undefined);
    expect(await reader.peek(1024)).toEqual(noise.slice(0, 1024));
    expect(await reader.peek(70_000)).toSatisfy(sameAs(noise.slice(0, 70_000)));
    expect(await reader.peek(10)).toEqual(noise.slice(0, 10));
    expect(reader.position).toBe(0);
    expect(await reader.take(5)).toEqual(noise.slice(0, 5));
    expect(await reader.peek(7)).toEqual(noise.slice(5, 12));
    expect(await reader.take(400_000)).toSatisfy(sameAs(noise.slice(5)));
    expect(await reader.peek(1)).toEqual(new Uint8Array(0));
    await reader.drain(0);
    await reader.close();
    expect(seen.closed).toBe(1);
  });

  test("reads no more of a file than its beginning takes", async () => {
    for (const bytes of [noise, gzipSync(noise)]) {
      const { source, seen } = watched(bytes, "a");
      const reader = await readerOver(source, undefined);
      await reader.take(1000);
      await reader.close();
      expect(seen.last).toBeLessThanOrEqual(4096);
    }
  });

  test("finds what follows gzip, in whichever piece of the file", async () => {
    const packed = gzipSync(noise.subarray(0, 100));
    for (const zeros of [0, 10, 5000, 40_000]) {
      const bytes = Buffer.concat([packed, Buffer.alloc(zeros), Buffer.from("late")]);
      const reader = await readerOver(bytesInMemory(bytes, "a.gz"), undefined);
      await expect(reader.take(1000)).rejects.toMatchObject({ code: "VOXRX_BAD_COMPRESSION" });
      await reader.close();
    }
  });
});
