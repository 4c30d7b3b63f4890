/** One image made of several files, as the sequences of an MR study are often kept. */
import { PipelineError } from "../errors.ts";
import { type Grid, gridDistance } from "../volume/grid.ts";
import { joinVolumes } from "../volume/join-volumes.ts";
import type { Volume } from "../volume/volume.ts";

/** Affines count as equal if no voxel's position differs by more than this, in voxels. */
const sameAffine = 1e-2;

/**
 * The images of several files as one: their channels in the order of the files, with the affine and meta of the first
 * (MONAI: `LoadImage` of a list). The element type is the narrowest that holds all values.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` with the file whose shape or affine is not that of the first
 */
export async function joinFiles(files: readonly string[], read: (file: string) => Promise<Volume>): Promise<Volume> {
  const volumes: Volume[] = [];
  for (const file of files) {
    const volume = await read(file);
    const [first = volume] = volumes;
    checkFit(first, volume, file);
    volumes.push(volume);
  }
  const [first] = volumes;
  return first && volumes.length === 1 ? first : joinVolumes(volumes, 0);
}

function checkFit(first: Volume, volume: Volume, file: string): void {
  const [wanted, got] = [first, volume].map(({ spatialShape }) => `[${spatialShape.join(", ")}]`);
  if (wanted !== got) throw misfit(`its image is ${got}, but that of the first file ${wanted}`, file);
  const [grid, other] = [first, volume].map(({ spatialShape, affine }): Grid => ({ shape: spatialShape, affine }));
  if (grid && other && gridDistance(grid, other) > sameAffine) {
    throw misfit("its affine is not that of the first file", file);
  }
}

function misfit(fault: string, file: string): PipelineError {
  return new PipelineError("VOXRX_SHAPE_MISMATCH", `the files of one image do not fit together: ${fault}`, {
    file,
    remedy:
      "If these are different scans, put batch after load. If not, load the files into fields of their own, bring them onto one grid with spacing, then join with concatItems.",
  });
}
