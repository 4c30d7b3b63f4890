import type { ImageHeader } from "../src/format/format.ts";
import { readHeader } from "../src/format/read-volume.ts";
import { failureJson, reportFailure } from "./failures.ts";
import { inputImages } from "./input-images.ts";
import { newCommand } from "./new-command.ts";
import { obliqueAngle } from "./oblique-angle.ts";
import { print, printJson } from "./print.ts";
import { textTable } from "./text-table.ts";
import { shortNumber } from "./write-output.ts";

/** `voxrx info PATH…`: prints geometry and type, from the header of each image. */
export function infoCommand() {
  return newCommand("info", "Shows shape, spacing, orientation and type of images, from their headers alone.", [
    ["info scan.nii.gz", "one image"],
    ["info study/", "every DICOM series and image file in a directory"],
    ["info *.nii.gz --json", "one JSON record per line, with all header fields"],
  ])
    .argument("<paths...>", "image files, or directories with images or DICOM series")
    .option("--json", "one JSON record per line, with all header fields")
    .action(async (paths: string[], { json = false }: { readonly json?: boolean }) => {
      const rows: string[][] = [];
      for (const path of paths) {
        const { images, fault } = await inputImages(path).catch((error) => ({ images: [], fault: error }));
        if (fault !== undefined) failed(path, fault, json);
        for (const image of images) {
          try {
            const header = await readHeader(image.path);
            if (json) printJson({ file: image.path, ...header, affine: [...header.affine] });
            else rows.push(rowOf(image.shown, header));
          } catch (error) {
            failed(image.path, error, json);
          }
        }
      }
      if (rows.length > 0) print(...textTable(columns, rows));
    });
}

function failed(file: string, error: unknown, json: boolean): void {
  if (json) printJson({ file, error: failureJson(error) });
  reportFailure(error);
}

const columns = [
  { name: "FILE" },
  { name: "FORMAT" },
  { name: "SIZE (voxels)" },
  { name: "CHANNELS", align: "right" },
  { name: "SPACING (mm)" },
  { name: "ORIENTATION" },
  { name: "TYPE" },
] as const;

function rowOf(file: string, { format, shape, dtype, spacing, axcodes, affine }: ImageHeader): string[] {
  const [channels = 1, ...spatial] = shape;
  const angle = obliqueAngle(affine, spatial.length);
  const tilt = angle < 0.1 ? "" : `, ${shortNumber(angle, 2)}° oblique`;
  return [
    file,
    format,
    spatial.join(" x "),
    channels === 1 ? "" : String(channels),
    spacing.map((mm) => shortNumber(mm)).join(" x "),
    axcodes + tilt,
    dtype,
  ];
}
