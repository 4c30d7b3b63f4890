import { Command } from "commander";
import { readHeader } from "../src/format/read-volume.ts";

/** `voxrx info FILE…`: prints geometry and type, from the header of each file. */
export function infoCommand(): Command {
  return new Command("info")
    .description("Shows format, shape, spacing, orientation and type of images, without reading their samples.")
    .argument("<files...>", "image files")
    .option("--json", "one JSON record per line, with all header fields")
    .action(async (files: string[], options: { readonly json?: boolean }) => {
      for (const file of files) {
        const header = await readHeader(file);
        if (options.json) console.log(JSON.stringify({ file, ...header, affine: [...header.affine] }));
        else console.log(`${file}: ${lineOf(header)}`);
      }
    });
}

function lineOf(header: Awaited<ReturnType<typeof readHeader>>): string {
  const { format, shape, dtype, spacing, axcodes } = header;
  const [channels, ...spatial] = shape;
  const size = spacing.map((mm) => Number(mm.toFixed(4))).join(" x ");
  const of = channels === 1 ? "" : `, ${channels} channels`;
  return `${format}, ${spatial.join(" x ")} voxels of ${size} mm${of}, ${axcodes}, ${dtype}`;
}
