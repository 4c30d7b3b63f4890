import type { CsvError, Parser } from "csv-parse";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { PipelineError } from "../src/errors.ts";
import { readSource } from "../src/http/read-source.ts";
import { headersSchema } from "../src/http/request-headers.ts";
import { checkOptions, countSchema, nonEmptySchema, numberSchema, recordSchema } from "../src/options.ts";
import { badDatalist } from "./datalist.ts";

/** Type of the values of a column. */
export type ColumnType = "string" | "number" | "integer" | "boolean";

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
   * Values for empty fields, by column. Default: an empty field is an error, except in a column of strings, where it is
   * "".
   */
  readonly defaults?: { readonly [K in keyof T]?: TypeOfColumn[T[K]] };
  /** New fields, each a list of the values of several columns (MONAI: `col_groups`). Default: none. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Column with the item ids. Default: the position of the row. */
  readonly id?: string;
  /** Delimiter between columns. Default `","`, or a tab if the name ends in `.tsv`. */
  readonly delimiter?: string;
  /** HTTP headers for a server. Never shown in a message. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
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
  delimiter: v.optional(v.pipe(v.string(), v.length(1))),
  headers: v.optional(headersSchema, {}),
  maxItems: v.optional(countSchema, 1_000_000),
  streaming: v.optional(v.boolean(), false),
});
type Checked = v.InferOutput<typeof schema>;

/** Maximum size of a row in bytes. A longer one is not a table, or a quote was never closed. */
const max_record_size = 2 ** 20;
const rowSchema = v.object({ record: v.array(v.string()), info: v.object({ lines: numberSchema }) });

async function* rowsOf(source: string, options: Checked, signal: AbortSignal): AsyncGenerator<Row> {
  const { delimiter = /\.tsv($|\?)/i.test(source) ? "\t" : ",", headers } = options;
  // Tab-separated tables have no quotes: BIDS requires it, and other programs don't write them either.
  const quote = delimiter === "\t" ? false : '"';
  const { parse } = await import("csv-parse");
  const parser = parse({
    delimiter,
    quote,
    bom: true,
    skip_empty_lines: true,
    trim: true,
    info: true,
    max_record_size,
  });
  const fed = feed(parser, readSource(source, { signal, headers }));
  let columns: Columns | undefined;
  try {
    for await (const record of parser) {
      const { record: values, info } = v.parse(rowSchema, record);
      if (columns) yield rowOf(values, columns, options, info.lines, source);
      else columns = columnsOf(values, options, source);
    }
    await fed;
    if (!columns) throw badDatalist(source, "it is empty: there is no header line with the column names");
  } catch (error) {
    signal.throwIfAborted();
    throw isCsvError(error) ? badDatalist(source, `line ${parser.info.lines}: ${error.message}`, error) : error;
  } finally {
    parser.destroy();
    await fed.catch(() => {});
  }
}

/** Writes bytes to the parser as fast as it accepts them. An error of their source becomes an error of the parser. */
async function feed(parser: Parser, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of bytes) {
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

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && "code" in error && String(error.code).startsWith("CSV_");
}

/** Positions of the columns by name. */
type Columns = ReadonlyMap<string, number>;

function columnsOf(header: readonly string[], { columns, types: typed, groups, id }: Checked, file: string): Columns {
  const places = new Map(header.map((name, place) => [name, place]));
  if (places.size !== header.length) throw badDatalist(file, "two columns of the header have the same name");
  const wanted = [...(columns ?? []), ...Object.keys(typed), ...Object.values(groups).flat(), ...(id ? [id] : [])];
  const absent = wanted.find((name) => !places.has(name));
  if (absent === undefined) return places;
  throw badDatalist(file, `it has no column "${absent}", only ${header.join(", ")}`);
}

function rowOf(values: readonly string[], places: Columns, options: Checked, line: number, file: string): Row {
  const valueIn = (name: string): unknown => {
    const text = values[places.get(name) ?? -1] ?? "";
    const type = options.types[name] ?? "string";
    if (text === "" && Object.hasOwn(options.defaults, name)) return options.defaults[name];
    const value = converted(text, type);
    if (value !== undefined) return value;
    throw badDatalist(file, `line ${line}, column "${name}": expected type ${type}, got ${JSON.stringify(text)}`);
  };
  const kept = options.columns ?? [...places.keys()];
  const names = new Set([...kept, ...Object.keys(options.types), ...(options.id ? [options.id] : [])]);
  const row = Object.fromEntries([...names].map((name) => [name, valueIn(name)]));
  for (const [group, members] of Object.entries(options.groups)) row[group] = members.map(valueIn);
  return row;
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  "1": true,
  false: false,
  no: false,
  "0": false,
};

function converted(text: string, type: ColumnType): string | number | boolean | undefined {
  if (type === "string") return text;
  if (type === "boolean") return truths[text.toLowerCase()];
  const number = text === "" ? Number.NaN : Number(text);
  const isWanted = type === "integer" ? Number.isSafeInteger(number) : Number.isFinite(number);
  return isWanted ? number : undefined;
}

function tooManyRows(file: string, maxItems: number): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `the table has more than ${maxItems} rows`, {
    operator: "csv",
    file,
    remedy: "Raise maxItems, or set streaming: true.",
  });
}
