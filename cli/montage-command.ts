import { stat, writeFile } from "node:fs/promises";
import { Command } from "commander";
import { writeAtomically } from "../src/files/write-atomically.ts";
import { readVolume } from "../src/format/read-volume.ts";
import { montage } from "../src/montage.ts";

/** `voxrx montage FILE… -o OUT.png`: writes slices of images, side by side. */
export function montageCommand(): Command {
  return new Command("montage")
    .description("Writes slices of images, side by side, as a PNG.")
    .argument("<files...>", "image files")
    .requiredOption("-o, --output <file>", "the PNG to write")
    .option("--slices <n>", "slices of each image", Number, 6)
    .option("--axis <n>", "axis to look along: 0, 1 or 2", Number, 2)
    .action(
      async (files: string[], options: { readonly output: string; readonly slices: number; readonly axis: number }) => {
        const volumes = [];
        for (const file of files) volumes.push(await readVolume(file));
        const { output, slices, axis } = options;
        await writeOutput(output, montage(volumes, { slices, axis, columns: slices }));
      },
    );
}

/** A pipe or device is written to; only files can be replaced. */
async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile()) await writeFile(path, bytes);
  else await writeAtomically(path, bytes, { sync: false });
}
