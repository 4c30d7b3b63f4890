/** Where progress is drawn: a bar on a terminal, else a line every few seconds and one at the end. */
import type { MaybePromise } from "../async/maybe-promise.ts";
import type { Ending, ProgressReport } from "./progress-report.ts";
import { isTerminal, openScreen, type Screen, writeAbove } from "./progress-screen.ts";
import { lineOf, RecentSpeed } from "./progress-text.ts";

/** Shows the reports of one run. */
export interface ProgressOutput {
  show(report: ProgressReport): void;
  end(report: ProgressReport, ending: Ending): MaybePromise<void>;
}

/** The output of a run on stderr. */
export function progressOutput(): ProgressOutput {
  return isTerminal() ? new BarOutput() : new LineOutput();
}

/** Shortest time between two lines where there is no terminal. */
const lineMs = 5000;

class LineOutput implements ProgressOutput {
  readonly #speed = new RecentSpeed();
  #lastMs = 0;

  show(report: ProgressReport): void {
    const leftMs = this.#speed.leftMs(report);
    if (report.elapsedMs - this.#lastMs < lineMs) return;
    this.#lastMs = report.elapsedMs;
    writeAbove(lineOf(report, leftMs));
  }

  end(report: ProgressReport, ending: Ending): void {
    writeAbove(lineOf(report, undefined, ending));
  }
}

class BarOutput implements ProgressOutput {
  readonly #speed = new RecentSpeed();
  #shown: { report: ProgressReport; readonly speed: RecentSpeed } | undefined;
  #loading: Promise<Screen | undefined> | undefined;
  #screen: Screen | undefined;
  #hasEnded = false;

  show(report: ProgressReport): void {
    const shown = (this.#shown ??= { report, speed: this.#speed });
    shown.report = report;
    this.#screen?.draw();
    // Without the library, as in an application that was bundled without it, only the last line is written.
    this.#loading ??= openScreen().then(
      (screen) => {
        if (this.#hasEnded) return undefined;
        screen.add(shown);
        this.#screen = screen;
        return screen;
      },
      () => undefined,
    );
  }

  end(report: ProgressReport, ending: Ending): void {
    this.#hasEnded = true;
    const line = lineOf(report, undefined, ending);
    if (this.#screen && this.#shown) this.#screen.end(this.#shown, line);
    else writeAbove(line);
  }
}
