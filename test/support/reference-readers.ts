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

interface ReadElsewhere {
  readonly shape: number[];
  readonly values: number[];
  readonly dtype: string;
}

/** Runs a Python function `read(path)` over files: one process for all of them, since starting it takes far longer than reading. */
function readByPython(lines: readonly string[], paths: readonly string[]): unknown {
  const script = [...lines, "print(json.dumps([read(path) for path in sys.argv[1:]]))"].join("\n");
  return JSON.parse(execFileSync(python ?? "python3", ["-c", script, ...paths], { encoding: "utf8" }));
}

/** What nibabel makes of each file: shape, affine, and its values as float64, x fastest. */
export function readByNibabel(paths: readonly string[]): (ReadElsewhere & { readonly affine: number[][] })[] {
  return readByPython(
    [
      "import sys, json, nibabel, numpy",
      "def read(path):",
      "  image = nibabel.load(path)",
      "  values = numpy.asanyarray(image.dataobj)",
      "  return dict(shape=values.shape, affine=image.affine.tolist(), dtype=str(values.dtype),",
      "    values=values.astype('float64').flatten(order='F').tolist())",
    ],
    paths,
  ) as ReturnType<typeof readByNibabel>;
}

/** What NumPy makes of each array file: shape and values, z fastest. */
export function readByNumpy(paths: readonly string[]): ReadElsewhere[] {
  return readByPython(
    [
      "import sys, json, numpy",
      "def read(path):",
      "  a = numpy.load(path)",
      "  return dict(shape=a.shape, dtype=str(a.dtype), values=a.astype('float64').flatten().tolist())",
    ],
    paths,
  ) as ReturnType<typeof readByNumpy>;
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
