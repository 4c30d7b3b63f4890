/** The Python that `VOXRX_BENCH_PYTHON` names, if it has MONAI. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Scans } from "../data/scans.ts";
import { Side } from "../measure/side.ts";

/** The other side, or why there is none. */
export type Peer =
  | { readonly side: Side; readonly versions: string; readonly missing?: undefined }
  | { readonly missing: string; readonly side?: undefined; readonly versions?: undefined };

/** Starts nothing yet; only asks Python for its versions. Caches are kept in `dir`. */
export function findPeer(scans: Scans, dir: string): Peer {
  const python = process.env.VOXRX_BENCH_PYTHON;
  if (python === undefined) return { missing: "VOXRX_BENCH_PYTHON names no Python" };
  const program =
    "import monai, torch, platform; print(f'MONAI {monai.__version__}, torch {torch.__version__}, Python {platform.python_version()}')";
  const { status, stdout } = spawnSync(python, ["-W", "ignore", "-c", program], { encoding: "utf8" });
  if (status !== 0) return { missing: `${python} can't import monai` };
  const script = join(import.meta.dirname, "peer.py");
  return { side: new Side(python, script, scans.t1[0] ?? "", scans.t1Label, dir), versions: stdout.trim() };
}
