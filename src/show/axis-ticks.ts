/** Round numbers along an axis. */

/** At most `most` round numbers from `low` to `high`: multiples of 1, 2 or 5 times a power of ten. */
export function roundTicks(low: number, high: number, most: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power * (1 + 1e-9) >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Not added up, so that no tick is 0.30000000000000004.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

/** A number as an axis shows it: `1500`, `20k`, `1.5M`, `0.25`, `1e-7`. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  const units = [
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ] as const;
  if (size >= 1e12 || (size > 0 && size < 1e-4)) return value.toExponential().replace("e+", "e");
  for (const [from, letter] of units) {
    if (size >= from) return `${Number((value / (from === 1e4 ? 1e3 : from)).toPrecision(6))}${letter}`;
  }
  return String(Number(value.toPrecision(6)));
}
