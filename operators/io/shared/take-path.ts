import { PipelineError } from "../../../src/errors.ts";
import type { Run } from "../../../src/plan/stage.ts";

/** Who has written which path, run by run. */
const paths = new WeakMap<Run, Map<string, string>>();

/** Notes who writes a path in a run. @throws PipelineError `VOXRX_PATH_COLLISION` when another item of the run has written it */
export function takePath(path: string, by: string, run: Run): void {
  const taken = paths.get(run) ?? new Map<string, string>();
  paths.set(run, taken);
  const other = taken.get(path);
  if (other !== undefined && other !== by) {
    throw new PipelineError("VOXRX_PATH_COLLISION", `item ${other.trim()} was already written to this path`, {
      file: path,
      remedy: "Tell subjects apart with subjectKey, dataRootDir or postfix.",
    });
  }
  taken.set(path, by);
}
