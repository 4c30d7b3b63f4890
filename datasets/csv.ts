import type { Parser } from "csv-parse";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError, OptionError, PipelineError } from "../src/errors.ts";
import { isEncoding } from "../src/files/decode-text.ts";
import { loadedOnUse } from "../src/files/load-module.ts";
import { tableText } from "../src/files/table-text.ts";
import { isUrl, readSource } from "../src/http/read-source.ts";
import { headersSchema } from "../src/http/request-headers.ts";
import { checkOptions, countSchema, nonEmptySchema, numberSchema, recordSchema } from "../src/options.ts";
import { shownUrl } from "../src/shown-url.ts";
import { type ColumnType, converted, hintFor, isOfType, missing } from "./column-values.ts";
import { rowCheck } from "./confined-rows.ts";

const csvParse = loadedOnUse(() => import("csv-parse"));

export type { ColumnType } from "./column-values.ts";

interface TypeOfColumn {
  readonly string: string;
  readonly number: number;
  readonly integer: number;
  readonly boolean: boolean;
}

/** Options of {@link csv}. */
export interface CsvOptions<N extends string, T extends Readonly<Record<string, ColumnType>>> {
  /** Columns to keep. Default: all. */
  readonly columns?: readonly N[];
  /** Types of columns. Default: strings. */
  readonly types?: T;
  /**
   * Values for missing fields, by column. Missing is an empty field, and in a column that is not of strings also NA, N/A,
   * NaN, null, None and their like, as pandas has it. Default: a missing field is an error, except in a column of
   * strings, where it is "".
   */
  readonly defaults?: { readonly [K in keyof T]?: TypeOfColumn[T[K]] };
  /** New fields, each a list of the values of several columns (MONAI: `col_groups`). Default: none. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Column with the item ids. Default: the position of the row. */
  readonly id?: string;
  /** Delimiter between columns. Default: that of a first line `sep=;`, a tab if the name ends in `.tsv`, else `","`. */
  readonly delimiter?: string;
  /**
   * Encoding of a table without a byte order mark, such as `"windows-1252"`, `"latin1"` or `"utf-16le"`: a label of the
   * Encoding Standard. Default `"utf-8"`.
   */
  readonly encoding?: string;
  /** HTTP headers for a server. Never shown in a message. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Directory that files named in the rows must be inside of, after links are resolved. Default: none for a table that
   * you wrote; its directory for one that VoxRx downloaded or extracted from an archive.
   */
  readonly root?: string;
  /** Maximum number of rows, unless the table is streamed. Default 1,000,000. */
  readonly maxItems?: number;
}

/** A row of a table: values by column name. */
export type CsvRow<N extends string, T extends Readonly<Record<string, ColumnType>>> = {
  readonly [K in N | (keyof T & string)]: K extends keyof T ? TypeOfColumn[T[K]] : string;
};

/** A row of a table whose columns were not all named. */
export type OpenRow<N extends string, T extends Readonly<Record<string, ColumnType>>> = [N] extends [never]
  ? CsvRow<never, T> & { readonly [column: string]: unknown }
  : CsvRow<N, T>;

/**
 * The rows of a CSV table with a header, from a file or URL (MONAI: `CSVDataset`; streamed: `CSVIterableDataset`). An
 * indexed dataset, read by the first run; with `streaming: true` a stream, read again by every run, with one row in
 * memory.
 *
 * The compiler can't see the table: what later operators use is named in `columns` or `types`, else it is `never`.
 *
 * Columns are strings unless `types` says otherwise (pandas, and with it MONAI, guesses). A number is decimal digits
 * with a point, a sign and an exponent (`1e3`); hexadecimal, a decimal comma, thousands separators, infinities and
 * integers with more digits than a number holds are errors. Booleans are true, false, yes, no, 1 and 0.
 *
 * Fields are quoted as in RFC 4180, except in tables with tabs, which have no quotes; blanks around fields are dropped.
 * Lines end in LF, CR LF or CR, also mixed; empty lines are skipped. Gzip is inflated. Bytes that are not in the
 * encoding are errors, as are rows with more or fewer fields than the header, and quotes inside of unquoted fields.
 *
 * A table that you wrote may name any file. In one that came from a URL, `download` or an archive (the records in
 * `.voxrx` tell), and with `root`, a string is refused that names an existing file outside of the directory, absolute or
 * relative to the table, or the URL of an image on another server. Only the columns that are read count. What paths are relative to is
 * decided by `load`: give it `dir`, and `root` to confine it too.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_BAD_DATALIST` with line and column, `VOXRX_FILE_MISSING`; PipelineError
 * `VOXRX_TOO_LARGE` for more than `maxItems` rows; the errors of transfers
 * @example
 * ```ts
 * import { csv } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const scans = csv("scans.csv", { columns: ["image", "age"], types: { age: "number" }, id: "image" });
 * const adults = scans.pipe(load("image", { dir: "scans" }));
 * ```
 */
export function csv<
  const N extends string = never,
  const T extends Readonly<Record<string, ColumnType>> = Record<never, never>,
>(source: string, options: CsvOptions<N, T> & { readonly streaming: true }): Dataset<OpenRow<N, T>>;
export function csv<
  const N extends string = never,
  const T extends Readonly<Record<string, ColumnType>> = Record<never, never>,
>(source: string, options?: CsvOptions<N, T> & { readonly streaming?: false }): IndexedDataset<OpenRow<N, T>>;
export function csv(source: string, options: object = {}): Dataset<Row> {
  const checked = checkOptions("csv", schema, options);
  checkDefaults(checked);
  const { id, maxItems, streaming } = checked;
  const named = id === undefined ? {} : { id: (row: Row) => String(row[id]) };
  if (streaming) return Dataset.from(({ signal }) => rowsOf(source, checked, signal), { name: "csv", ...named });
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    const rows: Row[] = [];
    for await (const row of rowsOf(source, checked, signal)) {
      if (rows.length >= maxItems) throw tooManyRows(source, maxItems);
      rows.push(row);
    }
    return rows;
  };
  return Dataset.lazy(list, { name: "csv", ...named });
}

type Row = Readonly<Record<string, unknown>>;

const types = v.picklist(["string", "number", "integer", "boolean"]);
const schema = v.strictObject({
  columns: v.optional(v.pipe(v.array(nonEmptySchema), v.minLength(1))),
  types: v.optional(recordSchema(v.string(), types), {}),
  defaults: v.optional(recordSchema(v.string(), v.union([v.string(), numberSchema, v.boolean()])), {}),
  groups: v.optional(recordSchema(v.string(), v.pipe(v.array(nonEmptySchema), v.minLength(1))), {}),
  id: v.optional(nonEmptySchema),
  delimiter: v.optional(
    v.pipe(v.string(), v.length(1), v.regex(/[^"\r\n]/, "expected neither a quote nor a line end")),
  ),
  encoding: v.optional(
    v.pipe(v.string(), v.check(isEncoding, "expected an encoding such as windows-1252 or utf-16le")),
  ),
  headers: v.optional(headersSchema, {}),
  root: v.optional(nonEmptySchema),
  maxItems: v.optional(countSchema, 1_000_000),
  streaming: v.optional(v.boolean(), false),
});
type Checked = v.InferOutput<typeof schema>;

/** Maximum size of a row in bytes. A longer one is not a table, or a quote was never closed. */
const max_record_size = 2 ** 20;
const rowSchema = v.object({ record: v.array(v.string()), info: v.object({ lines: numberSchema }) });

async function* rowsOf(source: string, options: Checked, signal: AbortSignal): AsyncGenerator<Row> {
  const { headers, encoding } = options;
  const file = isUrl(source) ? shownUrl(source) : source;
  const fault = (words: string, cause?: unknown) => badTable(file, words, cause);
  const refuseOutside = await rowCheck(source, options.root);
  const bytes = readSource(source, { signal, headers });
  const { lines, separator, text } = await firstLine(tableText(bytes, { file, encoding, signal, fault }));
  const delimiter = options.delimiter ?? separator ?? (/\.tsv(\.gz)?$/i.test(file) ? "\t" : ",");
  const { CsvError, parse } = await csvParse();
  const parser = parse({
    delimiter,
    // Tab-separated tables have no quotes: BIDS requires it, and other programs don't write them either.
    quote: delimiter === "\t" ? false : '"',
    record_delimiter: ["\r\n", "\n", "\r"],
    skip_empty_lines: true,
    trim: true,
    info: true,
    max_record_size,
  });
  const fed = feed(parser, text);
  let columns: Columns | undefined;
  try {
    for await (const record of parser) {
      const { record: values, info } = v.parse(rowSchema, record);
      if (columns) {
        const row = rowOf(values, columns, options, info.lines + lines, file);
        const outside = await refuseOutside?.(row);
        if (outside) throw badTable(file, `line ${info.lines + lines}, ${outside.fault}`, undefined, outside.remedy);
        yield row;
      } else columns = columnsOf(values, options, delimiter, file);
    }
    await fed;
    if (!columns) throw badTable(file, "it is empty: there is no header line with the column names");
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CsvError)) throw error;
    throw badTable(file, csvFault(error, parser.info.lines + lines), error);
  } finally {
    parser.destroy();
    await fed.catch(() => {});
  }
}

/**
 * Takes off a first line `sep=;`, by which Excel knows the delimiter: the number of lines taken off, the delimiter, and
 * the rest of the text.
 */
async function firstLine(text: AsyncGenerator<string>) {
  let head = "";
  while (head.length < 12) {
    const next = await text.next();
    if (next.done) break;
    head += next.value;
  }
  const [line = "", separator] = /^"?sep=(.)"?(?:\r\n|\r(?!$)|\n)/i.exec(head) ?? [];
  async function* rest(): AsyncGenerator<string> {
    yield head.slice(line.length);
    yield* text;
  }
  return { lines: line === "" ? 0 : 1, separator, text: rest() };
}

/** What is wrong with the table, with line and column. */
function csvFault(error: Error, line: number): string {
  const code = "code" in error ? String(error.code) : "";
  const column = "column" in error && typeof error.column === "number" ? `, field ${error.column + 1}` : "";
  const where = `line ${line}${column}`;
  if (code === "INVALID_OPENING_QUOTE") {
    return `${where}: a quote inside of an unquoted field. A field with a quote is written "5"" coil"`;
  }
  if (code === "CSV_MAX_RECORD_SIZE") {
    return `${where}: the row is longer than ${max_record_size} characters, or a quote is never closed`;
  }
  return `${where}: ${error.message}`;
}

/** Writes text to the parser as fast as it accepts them. An error of their source becomes an error of the parser. */
async function feed(parser: Parser, text: AsyncIterable<string>): Promise<void> {
  try {
    for await (const chunk of text) {
      if (parser.destroyed) return;
      if (!parser.write(chunk)) await untilReady(parser);
    }
    parser.end();
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function untilReady(parser: Parser): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      parser.off("drain", go).off("close", go);
      resolve();
    };
    parser.on("drain", go).on("close", go);
  });
}

/** Positions of the columns by name. */
type Columns = ReadonlyMap<string, number>;

function columnsOf(header: readonly string[], options: Checked, delimiter: string, file: string): Columns {
  const { columns, types: typed, defaults, groups, id } = options;
  const places = new Map(header.map((name, place) => [name, place]));
  if (places.size !== header.length) {
    const twice = header.find((name, place) => places.get(name) !== place);
    throw badTable(file, `two columns of the header have the same name ${JSON.stringify(twice)}`);
  }
  refuseOtherText(header, file);
  refuseOtherDelimiter(header, options, delimiter, file);
  const wanted = [
    ...(columns ?? []),
    ...Object.keys(typed),
    ...Object.keys(defaults),
    ...Object.values(groups).flat(),
    ...(id ? [id] : []),
  ];
  const absent = wanted.find((name) => !places.has(name));
  if (absent === undefined) return places;
  throw badTable(file, `it has no column "${absent}", only ${header.join(", ")}`);
}

/** Texts that are given, or sent by a server, instead of a table: each line of them looks like a row. */
function refuseOtherText([first = ""]: readonly string[], file: string): void {
  if (first.startsWith("<")) throw badTable(file, "it is a web page or XML, not a text table");
  if (!first.startsWith("version https://git-lfs")) return;
  throw badTable(file, "it is a pointer of Git LFS instead of the table; fetch that with git lfs pull");
}

/** Without this, a table with semicolons would be a table with one strange column. */
function refuseOtherDelimiter(
  [only = "", ...others]: readonly string[],
  { delimiter: given }: Checked,
  used: string,
  file: string,
) {
  const other = [";", "\t", "|", ","].find((one) => one !== used && only.includes(one));
  if (given !== undefined || others.length > 0 || other === undefined) return;
  const fault = `its header is one column, ${JSON.stringify(only.slice(0, 100))}: the delimiter seems to be`;
  throw badTable(
    file,
    `${fault} ${JSON.stringify(other)}. Set the option delimiter, also to keep ${JSON.stringify(used)}`,
  );
}

function rowOf(values: readonly string[], places: Columns, options: Checked, line: number, file: string): Row {
  const { defaults, groups, columns, id } = options;
  const valueIn = (name: string): unknown => {
    const text = values[places.get(name) ?? -1] ?? "";
    const type = typeOf(options.types, name);
    const isMissing = text === "" || (type !== "string" && missing.has(text.toLowerCase()));
    if (isMissing && Object.hasOwn(defaults, name)) return defaults[name];
    const value = converted(text, type);
    if (value !== undefined) return value;
    const hint = isMissing ? ". Give a value for missing fields with the option defaults" : hintFor(text, type);
    throw badTable(file, `line ${line}, column "${name}": expected type ${type}, got ${JSON.stringify(text)}${hint}`);
  };
  const names = new Set([...(columns ?? places.keys()), ...Object.keys(options.types), ...(id ? [id] : [])]);
  const fields = [...names].map((name) => [name, valueIn(name)] as const);
  const grouped = Object.entries(groups).map(([group, members]) => [group, members.map(valueIn)] as const);
  return Object.fromEntries([...fields, ...grouped]);
}

function typeOf(types: Readonly<Record<string, ColumnType>>, name: string): ColumnType {
  return Object.hasOwn(types, name) ? (types[name] ?? "string") : "string";
}

function checkDefaults({ defaults, types: typed }: Checked): void {
  for (const [name, value] of Object.entries(defaults)) {
    const type = typeOf(typed, name);
    if (isOfType(value, type)) continue;
    const fault = `defaults.${name}: expected type ${type}, as its column has, got ${JSON.stringify(value)}`;
    throw new OptionError("VOXRX_BAD_OPTION", fault, { operator: "csv", remedy: "Correct defaults or types." });
  }
}

function badTable(
  file: string,
  fault: string,
  cause?: unknown,
  remedy = 'Correct the table, or set the options delimiter, encoding (such as "windows-1252"), types or defaults.',
): FormatError {
  return new FormatError("VOXRX_BAD_DATALIST", `the table is invalid: ${fault}`, {
    file,
    cause,
    remedy,
  });
}

function tooManyRows(file: string, maxItems: number): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `the table has more than ${maxItems} rows`, {
    operator: "csv",
    file,
    remedy: "Raise maxItems, or set streaming: true.",
  });
}
