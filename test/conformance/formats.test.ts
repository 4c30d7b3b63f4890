/** Our own formats keep every promise of a format. */
import sharp from "sharp";
import { describe, test } from "vitest";
import { type Format, type FormatCheckOptions, formatChecks } from "voxrx/extend";
import { dicomFormat } from "../../src/format/dicom/dicom-format.ts";
import { metaImageFormat } from "../../src/format/metaimage/metaimage-format.ts";
import { mghFormat } from "../../src/format/mgh/mgh-format.ts";
import { niftiFormat } from "../../src/format/nifti/nifti-format.ts";
import { npyFormat } from "../../src/format/npy/npy-format.ts";
import { nrrdFormat } from "../../src/format/nrrd/nrrd-format.ts";
import { rasterFormat } from "../../src/format/raster/raster-format.ts";
import { dicomFile } from "../support/dicom-file.ts";
import { runsOf } from "../support/long.ts";

const counting = Uint8Array.from({ length: 60 }, (_, i) => 4 * i + 3);

const metaImage = Buffer.concat([
  Buffer.from("ObjectType = Image\nNDims = 3\nDimSize = 5 4 3\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n"),
  counting,
]);

/** 5 x 4 x 3 bytes. */
function mgh(): Buffer {
  const header = Buffer.alloc(284);
  for (const [n, value] of [1, 5, 4, 3, 1, 0].entries()) header.writeInt32BE(value, 4 * n);
  return Buffer.concat([header, counting]);
}

const raster = sharp(counting, { raw: { width: 5, height: 4, channels: 3 } });
const rasterFiles = {
  "a.jpg": await raster.jpeg().toBuffer(),
  "a.tif": await raster.tiff({ compression: "none" }).toBuffer(),
  "a.webp": await raster.webp({ lossless: true }).toBuffer(),
};

const ours: readonly (readonly [format: Format, options: FormatCheckOptions])[] = [
  [niftiFormat, { keeps: { channels: { plane: 1, solid: 3 } } }],
  [nrrdFormat, {}],
  [npyFormat, { keeps: { affine: false, channels: { plane: 1, solid: 3 } } }],
  [
    rasterFormat,
    { keeps: { affine: false, channels: { plane: 3, solid: 0 }, dtypes: ["uint8", "uint16"] }, samples: rasterFiles },
  ],
  [metaImageFormat, { samples: { "a.mha": metaImage } }],
  [mghFormat, { samples: { "a.mgh": mgh() } }],
  [
    dicomFormat,
    {
      samples: {
        "a.dcm": dicomFile(),
        "signed.dcm": dicomFile({ slope: 2, intercept: -7, frames: 2, more: { 1572944: "3" } }),
      },
    },
  ],
];

describe.each(ours)("$name as a format", (format, options) => {
  test.each(formatChecks(format, { ...options, damages: runsOf(150) }).map((check) => [check.promise, check] as const))(
    "%s",
    (_, check) => check.run(),
  );
});
