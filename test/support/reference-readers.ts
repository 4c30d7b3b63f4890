/** Readers that are not ours, to try what we write on: Debian's nifti-bin and python3-nibabel, and ITK. */
import { execFileSync, spawnSync } from "node:child_process";
import { readImageNode } from "@itk-wasm/image-io";

function answers(command: string, ...parameters: readonly string[]): boolean {
  try {
    execFileSync(command, parameters, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const python = ["/usr/bin/python3", "python3"].find((command) => answers(command, "-c", "import nibabel"));

/** Whether nibabel is here. */
export const hasNibabel = python !== undefined;

/** Whether nifti_tool is here. */
export const hasNiftiTool = answers("nifti_tool", "-ver");

/** What nibabel makes of a file: shape, affine, and its values as float64, x fastest. */
export function readByNibabel(path: string): { shape: number[]; affine: number[][]; values: number[]; dtype: string } {
  const script = [
    "import sys, json, nibabel, numpy",
    "image = nibabel.load(sys.argv[1])",
    "values = numpy.asanyarray(image.dataobj)",
    "print(json.dumps(dict(shape=values.shape, affine=image.affine.tolist(), dtype=str(values.dtype), " +
      "values=values.astype('float64').flatten(order='F').tolist())))",
  ].join("\n");
  return JSON.parse(execFileSync(python ?? "python3", ["-c", script, path], { encoding: "utf8" }));
}

/** What NumPy makes of an array file: shape and values, z fastest. */
export function readByNumpy(path: string): { shape: number[]; values: number[]; dtype: string } {
  const script = [
    "import sys, json, numpy",
    "a = numpy.load(sys.argv[1])",
    "print(json.dumps(dict(shape=a.shape, dtype=str(a.dtype), values=a.astype('float64').flatten().tolist())))",
  ].join("\n");
  return JSON.parse(execFileSync(python ?? "python3", ["-c", script, path], { encoding: "utf8" }));
}

/** What nifti_tool says of a NIfTI-1 file's header and of what it makes of it. */
export function checkByNiftiTool(path: string): string {
  const { stdout, stderr } = spawnSync("nifti_tool", ["-check_hdr", "-check_nim", "-infiles", path], {
    encoding: "utf8",
  });
  return stdout + stderr;
}

/** What ITK makes of a file: sizes, affine in RAS+ mm by rows, and its values, components of a voxel together and x fastest. */
export async function readByItk(
  path: string,
): Promise<{ size: number[]; affine: number[]; values: number[]; dtype: string }> {
  const { size, origin, spacing, direction, data, imageType } = await readImageNode(path);
  const sign = (row: number) => (row < 2 ? -1 : 1);
  const rows = [0, 1, 2].map((row) => [
    ...[0, 1, 2].map((column) => sign(row) * Number(direction[row * 3 + column]) * (spacing[column] ?? 0)),
    sign(row) * (origin[row] ?? 0),
  ]);
  const values = Array.from(data === null ? [] : (data as ArrayLike<number | bigint>), Number);
  return { size, affine: [...rows.flat(), 0, 0, 0, 1], values, dtype: imageType.componentType };
}
