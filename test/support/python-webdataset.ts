/** Python's webdataset, where it is installed: what other readers make of our shards. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

const script = fileURLToPath(new URL("../datasets/webdataset/read_shards.py", import.meta.url));

const storedSchema = v.object({ bytes: v.number(), sha256: v.string() });
const decodedSchema = v.union([storedSchema, v.object({ type: v.string(), value: v.unknown() })]);
const samplesOf = <S extends v.GenericSchema>(field: S) =>
  v.array(v.object({ key: v.string(), id: v.string(), shard: v.string(), fields: v.record(v.string(), field) }));

/** What `read_shards.py` prints; `id` is the key after `urllib.parse.unquote`. */
export const readByPythonSchema = v.object({
  webdataset: v.string(),
  /** Without `.decode()`. */
  stored: samplesOf(storedSchema),
  /** With `.decode()`: values of Python, or bytes that it did not decode. */
  decoded: samplesOf(decodedSchema),
});

type ReadByPython = v.InferOutput<typeof readByPythonSchema>;

/** The Python that can import webdataset 0.3.2: that of `VOXRX_BENCH_PYTHON`, or python3. Undefined if there is none. */
export const pythonWithWebdataset: string | undefined = [process.env.VOXRX_BENCH_PYTHON, "python3"].find(
  (python) =>
    python !== undefined &&
    String(
      spawnSync(python, ["-W", "ignore", "-c", "import webdataset; print(webdataset.__version__)"]).stdout,
    ).trim() === "0.3.2",
);

/** Whether that Python has PyTorch and nibabel too. */
export const hasPyTorch =
  pythonWithWebdataset !== undefined &&
  spawnSync(pythonWithWebdataset, ["-W", "ignore", "-c", "import torch, nibabel"]).status === 0;

/** What Python's webdataset reads from shards. */
export function readByWebdataset(python: string, shards: readonly string[]): ReadByPython {
  return v.parse(readByPythonSchema, JSON.parse(output(python, [script, ...shards])));
}

/** What a program in Python prints. */
export function runPython(python: string, program: string, dir: string): string {
  return output(python, ["-c", program], dir);
}

function output(python: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr } = spawnSync(python, ["-W", "ignore", ...args], { encoding: "utf8", cwd });
  if (status !== 0) throw new Error(`${python} failed: ${stderr}`);
  return stdout;
}
