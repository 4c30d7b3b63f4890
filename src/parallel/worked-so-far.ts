import { RunMeter } from "../watch/meter.ts";
import type { WorkedParts } from "../watch/watch.ts";
import type { ChainPart } from "./chain.ts";

/** What the parts of a chain did on a worker thread, told with each result. */
export class WorkedSoFar {
  readonly meter = new RunMeter();
  /** What was told of each part. */
  readonly #told = new Map<ChainPart, WorkedParts[number]>();

  /** What was done since it was taken before. */
  take(parts: readonly ChainPart[]): WorkedParts {
    this.meter.count();
    return parts.map((part) => {
      const [items, ms, bytes] = this.#soFar(part);
      const [itemsBefore, msBefore, bytesBefore] = this.#told.get(part) ?? [0, 0, 0];
      this.#told.set(part, [items, ms, bytes]);
      return [items - itemsBefore, ms - msBefore, bytes - bytesBefore];
    });
  }

  #soFar(part: ChainPart): WorkedParts[number] {
    const { stages } = this.meter;
    if ("stage" in part) {
      const { items = 0, busyMs = 0, bytes = 0 } = stages.get(part.stage) ?? {};
      return [items, busyMs, bytes];
    }
    let so: WorkedParts[number] = [0, 0, 0];
    for (const { parts } of stages.values()) {
      const { items = 0, ms = 0, bytes = 0 } = parts.get(part) ?? {};
      so = [so[0] + items, so[1] + ms, so[2] + bytes];
    }
    return so;
  }
}
