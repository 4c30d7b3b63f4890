import type { Run } from "../../src/dataset/stage.ts";
import { PipelineError } from "../../src/errors.ts";

/** Which item wrote which path, run by run. */
export class PathsOfRuns {
  readonly #runs = new WeakMap<Run, Map<string, string>>();

  /** @throws PipelineError `VOXRX_PATH_COLLISION` when another item of the run has written the path */
  take(path: string, by: string, run: Run): void {
    const taken = this.#runs.get(run) ?? new Map<string, string>();
    this.#runs.set(run, taken);
    const other = taken.get(path);
    if (other !== undefined && other !== by) {
      throw new PipelineError("VOXRX_PATH_COLLISION", `item ${other.trim()} was already written to this path`, {
        file: path,
        remedy: "Name subjects apart with subjectKey, dataRootDir or postfix.",
      });
    }
    taken.set(path, by);
  }
}
