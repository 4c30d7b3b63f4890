/** JSON files from outside: lists, sidecars, manifests. */
import { readFile } from "node:fs/promises";
import { BadText, markedEncoding, TextPieces, type TextPlace } from "./decode-text.ts";
import { fileFault } from "./image-file.ts";
import { whenFileFree } from "./when-file-free.ts";

/** Bytes that are not JSON. */
export class BadJson extends Error {
  readonly place: TextPlace;

  constructor(fault: string, { line, column }: TextPlace, cause?: unknown) {
    super(`line ${line}, column ${column}: ${fault}`, { cause });
    this.place = { line, column };
  }
}

/**
 * Reads a JSON file as {@link parseJsonBytes} does.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`; {@link BadJson}, for the caller to say what the
 * file should be
 */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await whenFileFree(() => readFile(path)).catch((cause) => {
    throw fileFault(cause, path);
  });
  return parseJsonBytes(bytes);
}

/**
 * Parses JSON in UTF-8, or in UTF-16 with a byte order mark. `NaN`, `Infinity` and `-Infinity`, which Python's `json`
 * and MATLAB write, are numbers. Any name is an own field of its record, `__proto__` too; a name that is twice in one
 * record is refused, because programs differ in which value they take.
 *
 * @throws BadJson with line and column
 */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  const value = parsed(text);
  return value === undefined ? new JsonReader(text).read() : value; // slower, and knows where it is
}

/** Undefined for what is not plain JSON, or nested too deep, or has a name twice in one record. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return namesIn(text) === fieldsOf(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Number of names in valid JSON: that of colons outside of strings. Undefined if it is nested too deep. */
function namesIn(text: string): number | undefined {
  let [names, depth] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      while (text[++at] !== '"' && at < text.length) if (text[at] === "\\") at++;
    } else if (character === ":") names++;
    else if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (depth > maxDepth) return undefined;
  }
  return names;
}

/** Number of fields of all records in a value. */
function fieldsOf(value: unknown): number {
  let fields = 0;
  for (const rest = [value]; rest.length > 0; ) {
    const next = rest.pop();
    if (typeof next !== "object" || next === null) continue;
    const inner: unknown[] = Object.values(next);
    if (!Array.isArray(next)) fields += inner.length;
    for (const each of inner) rest.push(each);
  }
  return fields;
}

function textOf(bytes: Uint8Array): string {
  try {
    const pieces = new TextPieces(markedEncoding(bytes) ?? "utf-8");
    return pieces.next(bytes) + pieces.end();
  } catch (error) {
    throw error instanceof BadText ? new BadJson(error.message, error.place, error) : error;
  }
}

const maxDepth = 1000;
const numbers: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?[\w.+-]+|[[\]{}:,]/sy;

/** Parses JSON with NaN and Infinity. */
class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    const value = this.#value(0);
    this.#blanks();
    if (this.#at < this.#text.length) throw this.#fault("more follows after the value");
    return value;
  }

  #value(depth: number): unknown {
    if (depth > maxDepth) throw this.#fault(`more than ${maxDepth} lists and records inside each other`);
    if (this.#take("[")) return this.#list(depth);
    if (this.#take("{")) return this.#record(depth);
    const next = this.#peek();
    const number = numbers.get(next);
    if (number === undefined && !/^["\dtfn-]/.test(next)) throw this.#fault(`expected a value, got ${shown(next)}`);
    const value = number ?? this.#plain(next);
    this.#at += next.length;
    return value;
  }

  #plain(next: string): unknown {
    try {
      return JSON.parse(next);
    } catch {
      throw this.#fault(`expected a value, got ${shown(next)}`);
    }
  }

  #list(depth: number): unknown[] {
    const list: unknown[] = [];
    if (this.#take("]")) return list;
    do list.push(this.#value(depth + 1));
    while (this.#take(","));
    this.#expect("]", "a comma or ]");
    return list;
  }

  #record(depth: number): object {
    const fields = new Map<string, unknown>();
    if (this.#take("}")) return {};
    do {
      const name = this.#peek();
      if (!name.startsWith('"')) throw this.#fault(`expected a name in double quotes, got ${shown(name)}`);
      const field = String(this.#plain(name));
      if (fields.has(field)) throw this.#fault(`the name ${name.slice(0, 100)} is already in this record`);
      this.#at += name.length;
      this.#expect(":", "a colon");
      fields.set(field, this.#value(depth + 1));
    } while (this.#take(","));
    this.#expect("}", "a comma or }");
    return Object.fromEntries(fields);
  }

  #blanks(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  /** The next token; empty at the end of the text. */
  #peek(): string {
    this.#blanks();
    token.lastIndex = this.#at;
    return token.exec(this.#text)?.[0] ?? this.#text.slice(this.#at, this.#at + 1);
  }

  #take(mark: string): boolean {
    this.#blanks();
    const isThere = this.#text[this.#at] === mark;
    if (isThere) this.#at++;
    return isThere;
  }

  #expect(mark: string, words: string): void {
    if (!this.#take(mark)) throw this.#fault(`expected ${words}, got ${shown(this.#peek())}`);
  }

  #fault(fault: string): BadJson {
    const before = this.#text.slice(0, this.#at).split(/\r\n|\n|\r/);
    return new BadJson(fault, { line: before.length, column: (before.at(-1) ?? "").length + 1 });
  }
}

function shown(next: string): string {
  return next === ""
    ? "the end of the file"
    : next === '"'
      ? "a string that is damaged or not closed"
      : next.slice(0, 40);
}
