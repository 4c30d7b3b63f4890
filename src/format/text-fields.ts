/** The fields of a text header, and the only parser of the numbers in them. */
import type { FormatError } from "../errors.ts";
import { badHeader } from "./format-faults.ts";

/** One field as written. */
export interface TextField {
  readonly value: string;
  /** The whole line, for errors. */
  readonly line: string;
}

// Not "0x10", "", "Infinity", "1e" or "1,5", which `Number` takes for numbers or programs write for other numbers.
const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a word is, in decimal notation; undefined for anything else, and for a number beyond a double. */
export function decimalOf(word: string): number | undefined {
  if (!number.test(word)) return undefined;
  const value = Number(word);
  return Number.isFinite(value) ? value : undefined;
}

/** The fields of a header, by name. */
export class TextFields {
  readonly #fields = new Map<string, TextField>();
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Adds a field. @throws FormatError `VOXRX_BAD_HEADER` if it is there with another value */
  add(name: string, value: string, line: string): void {
    const known = this.#fields.get(name);
    if (known && known.value !== value) {
      throw badHeader(
        `the header gives ${name} twice: ${quoted(known.line)} and ${quoted(line)}`,
        this.#path,
        "Remove one of the two lines.",
      );
    }
    this.#fields.set(name, { value, line });
  }

  /** The value of a field as written. */
  get(name: string): string | undefined {
    return this.#fields.get(name)?.value;
  }

  /** All fields as an object, for `meta.header`. */
  toObject(): Record<string, string> {
    return Object.fromEntries([...this.#fields].map(([name, { value }]) => [name, value]));
  }

  /** The words of a field, separated by spaces. */
  words(name: string): string[] | undefined {
    return this.get(name)?.split(/\s+/).filter(Boolean);
  }

  /**
   * The numbers of a field, separated by spaces.
   *
   * @throws FormatError `VOXRX_BAD_HEADER`, naming the line
   */
  numbers(name: string): number[] | undefined {
    return this.words(name)?.map((word) => decimalOf(word) ?? this.#reject(name, word, "a number"));
  }

  /** The integers of a field. @throws FormatError `VOXRX_BAD_HEADER`, naming the line */
  integers(name: string): number[] | undefined {
    return this.words(name)?.map((word) => {
      const value = decimalOf(word);
      return value !== undefined && Number.isSafeInteger(value) ? value : this.#reject(name, word, "an integer");
    });
  }

  /**
   * The only integer of a field, `otherwise` if there is no such field.
   *
   * @throws FormatError `VOXRX_BAD_HEADER`, naming the line, for anything else or a number below `least`
   */
  integer(name: string, least: number, otherwise: number): number {
    const value = this.get(name);
    if (value === undefined) return otherwise;
    const [only, ...more] = this.integers(name) ?? [];
    if (only !== undefined && more.length === 0 && only >= least) return only;
    return this.#reject(name, value, `an integer of at least ${least}`);
  }

  /** The error for a field whose value can't be used. */
  fault(name: string, fault: string, remedy?: string): FormatError {
    const field = this.#fields.get(name);
    const line = field ? ` in the header line ${quoted(field.line)}` : "";
    return badHeader(`${fault}${line}`, this.#path, remedy);
  }

  #reject(name: string, word: string, wanted: string): never {
    throw this.fault(
      name,
      `expected ${wanted}, got ${quoted(word)}`,
      "Write decimal numbers such as 0.5, separated by spaces.",
    );
  }
}

/** A string of a header as it is shown in errors. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
