/** Values of elements where a malformed one is an error, and a missing or empty one is undefined. */
import type { FormatError } from "../../errors.ts";
import { type NumberVr, numbersOf } from "./element-numbers.ts";
import type { DicomDataset } from "./element-values.ts";
import { badElement, type Keyword } from "./tags.ts";

/**
 * The first `count` numbers of an element.
 *
 * @param vr for a file without value representations
 * @throws FormatError `VOXRX_BAD_HEADER`
 */
export function firstNumbersOf(
  dataset: DicomDataset,
  keyword: Keyword,
  { vr, count, path }: { readonly vr: NumberVr; readonly count: number; readonly path: string },
): number[] | undefined {
  const element = dataset.element(keyword);
  const first = element && numbersOf(element, keyword, vr, path)?.slice(0, count);
  if (!first || first.length === count) return first;
  throw badElement(keyword, `must have at least ${count} values, but has ${first.length}: ${first.join(", ")}`, path);
}

/** Time in microseconds, since midnight or, with the element of its date, since 1970. @throws FormatError `VOXRX_BAD_HEADER` */
export function timeOf(
  dataset: DicomDataset,
  keyword: Keyword,
  dateKeyword: Keyword | undefined,
  path: string,
): number | undefined {
  const text = dataset.text(keyword);
  if (text === undefined) return undefined;
  const time = dateKeyword ? microsecondsOfTime(text) : microsecondsOfDateTime(text);
  if (time === undefined) throw malformed(dataset, keyword, path, "a time");
  const date = dateKeyword && dataset.text(dateKeyword);
  if (!dateKeyword || date === undefined) return time;
  const day = microsecondsOfDateTime(date.replaceAll(".", ""));
  if (day === undefined) throw malformed(dataset, dateKeyword, path, "a date");
  return day + time;
}

// TM: HHMMSS.FFFFFF, less precise from the right; ACR-NEMA had colons.
function microsecondsOfTime(text: string): number | undefined {
  const found = /^(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.(\d{1,6}))?)?)?$/.exec(text);
  if (!found) return undefined;
  const [, hours = "0", minutes = "0", seconds = "0", fraction = ""] = found;
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return whole * 1e6 + Number(fraction.padEnd(6, "0"));
}

// DT: YYYYMMDDHHMMSS.FFFFFF&ZZXX, less precise from the right. DA is the first part of it.
function microsecondsOfDateTime(text: string): number | undefined {
  const found = /^(\d{4})(?:(\d\d)(?:(\d\d)(\d[\d.]*)?)?)?([+-]\d{4})?$/.exec(text);
  if (!found) return undefined;
  const [, year = "", month = "01", day = "01", time = "00", zone = "+0000"] = found;
  const rest = microsecondsOfTime(time);
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (rest === undefined || !Number.isFinite(date)) return undefined;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  return date * 1e3 + rest - (zone.startsWith("-") ? -1 : 1) * minutes * 60e6;
}

function malformed(dataset: DicomDataset, keyword: Keyword, path: string, expected: string): FormatError {
  const shown = JSON.stringify((dataset.text(keyword) ?? "").slice(0, 64));
  return badElement(keyword, `is ${shown}, not ${expected}`, path);
}
