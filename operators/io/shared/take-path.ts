import { PipelineError } from "../../../src/errors.ts";
import type { Run } from "../../../src/plan/stage.ts";

/** The writer of each path, by run. */
const paths = new WeakMap<Run, Map<string, string>>();

/**
 * Records the writer of a path in a run. @throws PipelineError `VOXRX_PATH_COLLISION` when another one has already
 * written to it
 */
export function takePath(path: string, writer: string, run: Run): void {
  const taken = paths.get(run) ?? new Map<string, string>();
  paths.set(run, taken);
  const other = taken.get(path);
  if (other !== undefined && other !== writer) {
    throw new PipelineError("VOXRX_PATH_COLLISION", `item ${other.trim()} was already written to this path`, {
      file: path,
      remedy: "Give subjects different names with subjectKey, sourceDir or postfix.",
    });
  }
  taken.set(path, writer);
}
