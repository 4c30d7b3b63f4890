/** Bars of all runs of the process on one terminal, drawn with cli-progress, which is loaded for the first of them. */
import type { MultiBar, SingleBar } from "cli-progress";
import { loadedOnUse } from "../files/load-module.ts";
import type { ProgressReport } from "./progress-report.ts";
import { countOf, factsOf, type RecentSpeed, titleOf } from "./progress-text.ts";

const load = loadedOnUse(async () => (await import("cli-progress")).default);

type Library = Awaited<ReturnType<typeof load>>;

/** Whether stderr is a terminal that can draw a line again. */
export function isTerminal(): boolean {
  return process.stderr.isTTY === true && process.env.TERM !== "dumb";
}

/** A bar is also drawn again while no item comes, for the time that is left. This keeps no process alive. */
const redrawMs = 500;

/** Most and fewest characters of a bar. */
const [longestBar, shortestBar] = [30, 8];

/** What a bar shows. */
interface Shown {
  report: ProgressReport;
  readonly speed: RecentSpeed;
  /** Shown at the end instead. */
  last?: string;
}

let current: Screen | undefined;

/** The bars of this process. */
export async function openScreen(): Promise<Screen> {
  const library = await load();
  return (current ??= new Screen(library));
}

/** Writes a line to stderr, above the bars if there are any. */
export function writeAbove(line: string): void {
  if (current) current.log(line);
  else process.stderr.write(`${line}\n`);
}

export class Screen {
  readonly #library: Library;
  readonly #all: MultiBar;
  readonly #shown = new Map<Shown, SingleBar>();
  readonly #redraw: NodeJS.Timeout;

  constructor(library: Library) {
    this.#library = library;
    this.#redraw = setInterval(() => this.draw(), redrawMs).unref();
    // The cursor and line wrapping stay as they are: there is nothing to restore if the process dies.
    this.#all = new library.MultiBar({
      ...{ format: (_, __, shown) => this.#line(shown), forceRedraw: true },
      ...{ hideCursor: false, linewrap: true, gracefulExit: false },
    });
  }

  add(shown: Shown): void {
    this.#shown.set(shown, this.#all.create(1, 0, shown));
    this.draw();
  }

  draw(): void {
    this.#all.update();
    this.#stopTimer();
  }

  /** Writes a line above the bars. */
  log(line: string): void {
    this.#all.log(`${line}\n`);
    this.draw();
  }

  /** Takes a bar away; a line stays in its place. */
  end(shown: Shown, line: string): void {
    const bar = this.#shown.get(shown);
    this.#shown.delete(shown);
    if (!bar) return writeAbove(line);
    if (this.#shown.size > 0) {
      this.#all.log(`${line}\n`);
      this.#all.remove(bar);
      return this.#stopTimer();
    }
    bar.update({ last: line });
    this.#all.stop();
    clearInterval(this.#redraw);
    if (current === this) current = undefined;
  }

  /** The library draws ten times a second, whether or not anything has changed, and keeps the process alive. */
  #stopTimer(): void {
    const timer: unknown = Reflect.get(this.#all, "timer");
    if (isTimer(timer)) clearTimeout(timer);
  }

  #line({ report, speed, last }: Shown): string {
    if (last !== undefined) return last;
    // A terminal that doesn't know its width says 0.
    const width = (process.stderr.columns || 80) - 1;
    const { items, total } = report;
    const start = `${titleOf(report)}: `;
    // The bar has room before the less important facts.
    const room = total === undefined ? width : width - shortestBar - 3;
    let text = countOf(report);
    const facts = factsOf(report, speed.leftMs(report));
    for (const fact of facts) {
      if (start.length + text.length + fact.length + 2 > room) break;
      text += `, ${fact}`;
    }
    const barsize = Math.min(longestBar, width - start.length - text.length - 3);
    if (total === undefined || barsize < shortestBar) return (start + text).slice(0, width);
    const options = { barsize, barCompleteString: "=".repeat(barsize), barIncompleteString: "-".repeat(barsize) };
    const share = total === 0 ? 1 : Math.min(1, items / total);
    return `${start}[${this.#library.Format.BarFormat(share, { ...options, barGlue: "" })}] ${text}`;
  }
}

function isTimer(value: unknown): value is NodeJS.Timeout {
  return typeof value === "object" && value !== null && "unref" in value;
}
