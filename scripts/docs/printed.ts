/** What an example prints. */
import { format } from "node:util";

const methods = ["log", "warn", "error", "info"] as const;

/** Keeps what is printed to the console and to stderr, instead of showing it. */
export class Printed {
  lines: string[] = [];
  #restore: (() => void) | undefined;

  start(): void {
    const kept = methods.map((name) => [name, console[name]] as const);
    const write = process.stderr.write;
    for (const [name] of kept) console[name] = (...values: unknown[]) => this.#add(format(...values));
    process.stderr.write = (text: string | Uint8Array) => {
      this.#add(String(text));
      return true;
    };
    this.#restore = () => {
      for (const [name, method] of kept) console[name] = method;
      process.stderr.write = write;
    };
  }

  stop(): void {
    this.#restore?.();
    this.#restore = undefined;
  }

  #add(text: string): void {
    this.lines.push(...text.replace(/\n$/, "").split("\n"));
  }
}
