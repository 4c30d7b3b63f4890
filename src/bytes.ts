import { OptionError } from "./errors.ts";

/** A number of bytes: a number, or a string such as `"200MB"` (powers of 1000) or `"1GiB"` (powers of 1024). */
export type Bytes = number | string;

const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Converts {@link Bytes} to a number.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 */
export function parseBytes(bytes: Bytes, option = "maxBytes", operator?: string): number {
  const value = bytesIn(bytes);
  if (value !== undefined) return value;
  throw new OptionError(
    "VOXRX_BAD_OPTION",
    `${option} must be a number of bytes, at least 1, got ${JSON.stringify(bytes)}`,
    {
      operator,
      remedy: 'Pass a number of at least 1, or a string such as "200MB" or "1GiB".',
    },
  );
}

/** The number of {@link Bytes}; undefined if they are not a number of at least 1 or a string for one. */
export function bytesIn(bytes: Bytes): number | undefined {
  const text = String(bytes).trim();
  const match = /^(\d+(?:\.\d+)?(?:e\d+)?)\s*([kmgt]?i?b)?$/i.exec(text);
  const value = match ? Number(match[1]) * (units[match[2]?.toLowerCase() ?? "b"] ?? Number.NaN) : Number.NaN;
  return Number.isFinite(value) && value >= 1 ? Math.floor(value) : undefined;
}

/** Formats a number of bytes: `formatBytes(1572864)` is `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 2 ** (10 * power);
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${names[power]}`;
}
