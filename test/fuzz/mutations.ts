/** Changes of inputs, by what they consist of: fields of bytes, lines of text, and bytes without a meaning. */
import fc from "fast-check";

/** How a field is stored. */
type FieldKind = "u8" | "i16" | "i32" | "i64" | "f32" | "f64";

/** A field of a header. */
export interface Field {
  readonly at: number;
  readonly kind: FieldKind;
}

const wide = [0, 1, -1, 2, 7, 8, 127, 255, 256, 32767, -32768, 65535, 65536, 2 ** 24, 10 ** 8];
const integers = [...wide, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 63)];
const floats = [...integers, Number.NaN, Infinity, -Infinity, -0, 0.5, -0.5, 1e-45, 1e-320, 3.4e38, 1e300, 1e-300];

/** Integers at the edges of what types hold. */
export const edgeIntegers = fc.constantFrom(...integers);
/** Numbers at the edges of what types hold. */
export const edgeNumbers = fc.constantFrom(...floats);

/** Words that are found, or could be found, where a number belongs. */
export const edgeWords = fc.constantFrom(
  ...["", "0", "-0", "-1", "1", "+1", "1.0", "1e0", "1.", ".5", "1e", "e1", "1e400", "-1e400", "1e-400", "1e308"],
  ...[
    "300000",
    "100000000",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740991",
    "9007199254740993",
  ],
  ...["99999999999999999999", "NaN", "nan", "inf", "-inf", "Infinity", "0x10", "0b1", "0o7", "1_000", "1,5", "1 2"],
  ...["\u0661", "1\u00a0", "\uff11", "--1", "+-1", "true", "null", "constructor", "__proto__", "toString", "(", "%d"],
  ...["%s%n", "../x", "/etc/passwd", "\0", "\u00e9", "\ud800", "9".repeat(400)],
);

/** Sets a field of bytes to a number, as far as the bytes reach. */
function setField(bytes: Buffer, { at, kind }: Field, value: number, littleEndian: boolean): void {
  const size = { u8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8 }[kind];
  if (at < 0 || at + size > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (kind === "f32") view.setFloat32(at, value, littleEndian);
  else if (kind === "f64") view.setFloat64(at, value, littleEndian);
  else if (kind === "i64") view.setBigInt64(at, BigInt.asIntN(64, BigInt(Math.trunc(finite(value)))), littleEndian);
  else if (kind === "i32") view.setInt32(at, value, littleEndian);
  else if (kind === "i16") view.setInt16(at, value, littleEndian);
  else view.setUint8(at, value);
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

interface Change {
  readonly kind: number;
  /** Where, as a fraction of the length. */
  readonly place: number;
  readonly size: number;
  readonly value: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.nat(11),
  // Many changes are among the first bytes, where headers are. (Doubles of fast-check are nearly all next to 0.)
  place: fc.oneof(
    { weight: 3, arbitrary: fc.nat(9999).map((n) => n / 10_000) },
    { weight: 1, arbitrary: fc.nat(999).map((n) => n / 10_000) },
  ),
  size: fc.nat(40),
  value: fc.oneof(edgeIntegers, fc.nat(255)),
});

/** One or several changes that know nothing of what the bytes mean: flips, cuts, repeats, swaps, numbers. */
export const blindChanges: fc.Arbitrary<(bytes: Uint8Array) => Buffer> = fc
  .array(change, { minLength: 1, maxLength: 3 })
  .map((changes) => (bytes) => changes.reduce<Buffer>(changed, Buffer.from(bytes)));

/** A blind change now and then, for inputs that have another change. */
export const rareBlindChanges = fc
  .option(blindChanges, { freq: 1 })
  .chain((change) => fc.nat(2).map((odds) => (odds === 0 ? change : null)));

function changed(bytes: Buffer, { kind, place, size, value }: Change): Buffer {
  const at = Math.min(bytes.length, Math.floor(place * bytes.length));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const some = after.subarray(0, size);
  const rest = after.subarray(size);
  const put = (field: FieldKind, littleEndian: boolean) => {
    setField(bytes, { at, kind: field }, value, littleEndian);
    return bytes;
  };
  switch (kind) {
    case 0:
      return at < bytes.length
        ? Buffer.concat(
            [before, [(bytes[at] ?? 0) ^ (1 << (size % 8))], after.subarray(1)].map((part) => Buffer.from(part)),
          )
        : bytes;
    case 1:
      return put("u8", true);
    case 2:
      return put("i16", size % 2 === 0);
    case 3:
      return put("i32", size % 2 === 0);
    case 4:
      return Buffer.from(before);
    case 5:
      return Buffer.concat([before, rest]);
    case 6:
      return Buffer.concat([before, some, after]);
    case 7:
      return Buffer.concat([bytes, Buffer.alloc(size, value & 255)]);
    case 8:
      return Buffer.concat([before, rest.subarray(0, size), some, rest.subarray(size)]);
    case 9:
      return Buffer.concat([before, Buffer.alloc(some.length), rest]);
    case 10:
      return Buffer.concat([before, Buffer.alloc(size, value & 255), after]);
    default:
      return Buffer.concat([before, Buffer.from(some).reverse(), rest]);
  }
}

/** Changes of fields to numbers at edges, then perhaps blind ones. */
export function fieldChanges(
  fields: readonly Field[],
  isLittleEndian: (bytes: Uint8Array) => boolean,
): fc.Arbitrary<(bytes: Uint8Array) => Buffer> {
  const setting = fc.tuple(fc.constantFrom(...fields), edgeNumbers, fc.nat(20));
  const sets = fc.array(setting, { minLength: 1, maxLength: 3 });
  return fc.tuple(sets, rareBlindChanges).map(([settings, blind]) => (bytes) => {
    const copy = Buffer.from(bytes);
    const own = isLittleEndian(bytes);
    for (const [field, value, odds] of settings) setField(copy, field, value, odds === 0 ? !own : own);
    return blind ? blind(copy) : copy;
  });
}

/** Changes of lines: dropped, repeated, swapped, moved; values and their notation; line ends and blanks. */
export const lineChanges: fc.Arbitrary<(text: string) => string> = fc
  .array(fc.tuple(fc.nat(10), fc.nat(30), fc.nat(30), edgeWords), { minLength: 1, maxLength: 3 })
  .map((changes) => (text) => changes.reduce(changedLines, text));

function changedLines(text: string, [kind, one, other, word]: readonly [number, number, number, string]): string {
  const lines = text.split("\n");
  const n = one % lines.length;
  const m = other % lines.length;
  const [a = "", b = ""] = [lines[n], lines[m]];
  const words = a.split(/(?<=[\s,:=()]+)/);
  const place = other % words.length;
  switch (kind) {
    case 0:
      return lines.toSpliced(n, 1).join("\n");
    case 1:
      return lines.toSpliced(m, 0, a).join("\n");
    case 2:
      return lines.with(n, b).with(m, a).join("\n");
    case 3:
    case 4:
    case 5:
      return lines
        .with(n, words.with(place, word + (/[\s,:=()]$/.exec(words[place] ?? "")?.[0] ?? "")).join(""))
        .join("\n");
    case 6:
      return lines.join("\r\n");
    case 7:
      return lines.with(n, `${" ".repeat(other)}${a}${" ".repeat(one)}`).join("\n");
    case 8:
      return lines.with(n, a.toUpperCase()).join("\n");
    case 9:
      return lines.toSpliced(n, 0, word).join("\n");
    default:
      return text.slice(0, Math.floor((one / 31) * text.length));
  }
}
