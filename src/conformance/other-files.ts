/** First bytes of many kinds of files, which a format must not take for its own. */

/** The first bytes of a file of another format. */
export interface OtherFile {
  readonly what: string;
  /** Extension of such files; a format with this extension can claim them. */
  readonly extension: string;
  readonly firstBytes: Uint8Array;
}

const text = (content: string): Uint8Array => Uint8Array.from(Buffer.from(content, "latin1"));

/** Zero bytes of a given length, with some parts set at their offsets. */
function bytesWith(length: number, parts: Readonly<Record<number, string | readonly number[]>>): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const [at, part] of Object.entries(parts)) bytes.set(typeof part === "string" ? text(part) : part, Number(at));
  return bytes;
}

/** First bytes of other files. */
export const otherFiles: readonly OtherFile[] = [
  {
    what: "NIfTI-1",
    extension: ".nii",
    firstBytes: bytesWith(352, {
      ...{ 0: [0x5c, 1], 40: [3, 0, 4, 0, 3, 0, 5, 0, 1], 70: [16, 0, 32, 0], 108: [0, 0, 0xb0, 0x43], 344: "n+1" },
    }),
  },
  { what: "NIfTI-2", extension: ".nii", firstBytes: bytesWith(544, { 0: [0x1c, 2], 4: "n+2\0\r\n\x1a\n" }) },
  {
    what: "NRRD",
    extension: ".nrrd",
    firstBytes: text("NRRD0004\ntype: short\ndimension: 3\nsizes: 4 3 5\nencoding: raw\n\n\0\0\0"),
  },
  {
    what: "MetaImage",
    extension: ".mha",
    firstBytes: text(
      "ObjectType = Image\nNDims = 3\nDimSize = 4 3 5\nElementType = MET_SHORT\nElementDataFile = LOCAL\n\0\0",
    ),
  },
  {
    what: "MGH",
    extension: ".mgh",
    firstBytes: bytesWith(300, { 0: [0, 0, 0, 1], 7: [4], 11: [3], 15: [5], 19: [1], 23: [3] }),
  },
  { what: "DICOM", extension: ".dcm", firstBytes: bytesWith(300, { 128: "DICM\x02\0\0\0UL\x04\0" }) },
  {
    what: "NumPy",
    extension: ".npy",
    firstBytes: text(
      "\x93NUMPY\x01\0\x46\0{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3, 5), }".padEnd(79).concat("\n"),
    ),
  },
  {
    what: "PNG",
    extension: ".png",
    firstBytes: bytesWith(64, { 0: "\x89PNG\r\n\x1a\n", 11: [13], 12: "IHDR", 19: [4], 23: [3], 24: [8] }),
  },
  { what: "JPEG", extension: ".jpg", firstBytes: bytesWith(64, { 0: [0xff, 0xd8, 0xff, 0xe0, 0, 16], 6: "JFIF" }) },
  { what: "TIFF", extension: ".tif", firstBytes: bytesWith(64, { 0: "II\x2a\0\x08" }) },
  { what: "WebP", extension: ".webp", firstBytes: bytesWith(64, { 0: "RIFF", 8: "WEBPVP8 " }) },
  { what: "ZIP", extension: ".zip", firstBytes: bytesWith(64, { 0: "PK\x03\x04\x14" }) },
  { what: "HDF5", extension: ".h5", firstBytes: bytesWith(64, { 0: "\x89HDF\r\n\x1a\n" }) },
  { what: "a web page", extension: ".html", firstBytes: text("<!doctype html>\n<title>404</title>\n".repeat(20)) },
  { what: "a table", extension: ".csv", firstBytes: text("subject,age\ns01,44\ns02,51\n".repeat(20)) },
  { what: "zeros", extension: ".bin", firstBytes: new Uint8Array(1024) },
  { what: "ones", extension: ".bin", firstBytes: new Uint8Array(1024).fill(0xff) },
  { what: "one byte", extension: ".bin", firstBytes: Uint8Array.of(7) },
  { what: "nothing", extension: ".bin", firstBytes: new Uint8Array(0) },
];
