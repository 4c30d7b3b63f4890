import { type CsvError, type Parser, parse } from "csv-parse";
import { z } from "zod";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { PipelineError } from "../src/errors.ts";
import { readSource } from "../src/http/read-source.ts";
import { headersSchema } from "../src/http/request-headers.ts";
import { checkOptions, countSchema } from "../src/options.ts";
import { badDatalist } from "./datalist.ts";

/** What the texts of a column become. */
export type ColumnType = "string" | "number" | "integer" | "boolean";

interface TypeOfColumn {
  readonly string: string;
  readonly number: number;
  readonly integer: number;
  readonly boolean: boolean;
}

/** Options of {@link csv}. */
export interface CsvOptions<N extends string, T extends Readonly<Record<string, ColumnType>>> {
  /** Columns that are kept. Default: all. */
  readonly columns?: readonly N[];
  /** Types of columns. Default: texts. */
  readonly types?: T;
  /** What an empty field of a column means. Default: an error, but in a column of texts, where it is the empty text. */
  readonly defaults?: { readonly [K in keyof T]?: TypeOfColumn[T[K]] };
  /** Lists of columns, each a new field (MONAI: `col_groups`). Default: none. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Column that holds the items' keys. Default: their position. */
  readonly key?: string;
  /** What is between columns. Default `","`, and a tab where the name ends in `.tsv`. */
  readonly delimiter?: string;
  /** Headers for a server. They go into no message. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Rows that a table may have, unless it is streamed. Default 1,000,000. */
  readonly maxRows?: number;
}

/** A row of a table: the columns by name. */
export type CsvRow<N extends string, T extends Readonly<Record<string, ColumnType>>> = {
  readonly [K in N | (keyof T & string)]: K extends keyof T ? TypeOfColumn[T[K]] : string;
};

/** A row of a table of which not all columns were named. */
export type OpenRow<N extends string, T extends Readonly<Record<string, ColumnType>>> = [N] extends [never]
  ? CsvRow<never, T> & { readonly [column: string]: unknown }
  : CsvRow<N, T>;

/**
 * The rows of a CSV table with a header, from a file or a web address (MONAI: `CSVDataset`; streamed: `CSVIterableDataset`). An indexed dataset, which
 * is read with the first run; with `streaming` a stream, read anew in each run, of which one row is held.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_BAD_DATALIST` naming line and column, `VOXRX_FILE_MISSING`; PipelineError `VOXRX_TOO_LARGE` beyond
 * `maxRows`; what transfers throw
 * @example
 * ```ts
 * import { csv } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const scans = csv("scans.csv", { columns: ["image", "age"], types: { age: "number" }, key: "image" });
 * const adults = scans.pipe(load("image", { baseDir: "scans" }));
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
  const { key, maxRows, streaming } = checked;
  const named = key === undefined ? {} : { key: (row: Row) => String(row[key]) };
  if (streaming) return Dataset.from(({ signal }) => rowsOf(source, checked, signal), { name: "csv", ...named });
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    const rows: Row[] = [];
    for await (const row of rowsOf(source, checked, signal)) {
      if (rows.length >= maxRows) throw tooManyRows(source, maxRows);
      rows.push(row);
    }
    return rows;
  };
  return Dataset.lazy(list, { name: "csv", ...named });
}

type Row = Readonly<Record<string, unknown>>;

const types = z.enum(["string", "number", "integer", "boolean"]);
const schema = z.strictObject({
  columns: z.array(z.string().min(1)).min(1).optional(),
  types: z.record(z.string(), types).default({}),
  defaults: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  groups: z.record(z.string(), z.array(z.string().min(1)).min(1)).default({}),
  key: z.string().min(1).optional(),
  delimiter: z.string().length(1).optional(),
  headers: headersSchema.default({}),
  maxRows: countSchema.default(1_000_000),
  streaming: z.boolean().default(false),
});
type Checked = z.output<typeof schema>;

/** A row is small; what is longer is no table, or a quote that was never closed. In bytes. */
const max_record_size = 2 ** 20;
const recordSchema = z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) });

async function* rowsOf(source: string, options: Checked, signal: AbortSignal): AsyncGenerator<Row> {
  const { delimiter = /\.tsv($|\?)/i.test(source) ? "\t" : ",", headers } = options;
  // Tables separated by tabs have no quotes: BIDS says so, and others write none.
  const quote = delimiter === "\t" ? false : '"';
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
      const { record: texts, info } = recordSchema.parse(record);
      if (columns) yield rowOf(texts, columns, options, info.lines, source);
      else columns = columnsOf(texts, options, source);
    }
    await fed;
    if (!columns) throw badDatalist(source, "it is empty: there is no line with the columns' names");
  } catch (error) {
    signal.throwIfAborted();
    throw isCsvError(error) ? badDatalist(source, `line ${parser.info.lines}: ${error.message}`, error) : error;
  } finally {
    parser.destroy();
    await fed.catch(() => {});
  }
}

/** Writes bytes to the parser as fast as it takes them. A fault of their source becomes the parser's. */
async function feed(parser: Parser, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of bytes) {
      if (parser.destroyed) return;
      if (!parser.write(chunk)) await isReady(parser);
    }
    parser.end();
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function isReady(parser: Parser): Promise<void> {
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

/** Where the wanted columns are. */
type Columns = ReadonlyMap<string, number>;

function columnsOf(header: readonly string[], { columns, types: typed, groups, key }: Checked, file: string): Columns {
  const places = new Map(header.map((name, place) => [name, place]));
  if (places.size !== header.length) throw badDatalist(file, "two columns of the header have the same name");
  const wanted = [...(columns ?? []), ...Object.keys(typed), ...Object.values(groups).flat(), ...(key ? [key] : [])];
  const absent = wanted.find((name) => !places.has(name));
  if (absent === undefined) return places;
  throw badDatalist(file, `it has no column "${absent}" but ${header.join(", ")}`);
}

function rowOf(texts: readonly string[], places: Columns, options: Checked, line: number, file: string): Row {
  const valueIn = (name: string): unknown => {
    const text = texts[places.get(name) ?? -1] ?? "";
    const type = options.types[name] ?? "string";
    if (text === "" && Object.hasOwn(options.defaults, name)) return options.defaults[name];
    const value = converted(text, type);
    if (value !== undefined) return value;
    throw badDatalist(file, `line ${line}, column "${name}": ${JSON.stringify(text)} is no ${type}`);
  };
  const kept = options.columns ?? [...places.keys()];
  const names = new Set([...kept, ...Object.keys(options.types), ...(options.key ? [options.key] : [])]);
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

function tooManyRows(file: string, maxRows: number): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `the table has more than ${maxRows} rows`, {
    operator: "csv",
    file,
    remedy: "Raise maxRows, or set streaming: true.",
  });
}
