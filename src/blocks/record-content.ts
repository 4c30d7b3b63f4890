/** Digests of records, to notice when one has changed. */
import { NotCanonical } from "../fingerprint/canonical.ts";
import { digest, identityOf } from "../fingerprint/fingerprint.ts";
import { Volume } from "../volume/volume.ts";

/**
 * A digest of an item's record. Of what has no identity, the parts count: fields of an object and the name of its class,
 * elements of a list, map or set, the text of a function, and shape, affine, samples and meta of a volume.
 */
export function contentOf(value: unknown): string {
  return contentIn(value, new Map());
}

/** Each object is looked at once, however often and from wherever it is referred to. */
function contentIn(value: unknown, seen: Map<object, string>): string {
  try {
    return identityOf(value);
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
  }
  if (typeof value !== "object" || value === null) return digest(`${typeof value} ${String(value)}`);
  const known = seen.get(value);
  if (known !== undefined) return known;
  seen.set(value, "cycle");
  const parts = Object.entries(partsOf(value)).map(([name, part]) => [name, contentIn(part, seen)]);
  const content = digest(JSON.stringify([value.constructor?.name ?? "", ...parts]));
  seen.set(value, content);
  return content;
}

function partsOf(value: object): object {
  if (value instanceof Map || value instanceof Set) return [...value];
  if (!(value instanceof Volume)) return value;
  const { shape, dtype, affine, samples, meta } = value;
  return { shape, dtype, affine: [...affine], samples, meta };
}
