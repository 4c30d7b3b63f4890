/** Digests of records, to notice when one has changed. */
import { NotCanonical } from "../fingerprint/canonical.ts";
import { digest, identityOf } from "../fingerprint/fingerprint.ts";
import { Volume } from "../volume/volume.ts";

/**
 * A digest of an item's record. Of what has no identity, the parts count: fields of an object and the name of its class,
 * elements of a list, the text of a function, and shape, affine and samples of a volume.
 */
export function contentOf(value: unknown, above: readonly object[] = []): string {
  try {
    return identityOf(value);
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
  }
  if (typeof value !== "object" || value === null) return digest(`${typeof value} ${String(value)}`);
  if (above.includes(value)) return "cycle";
  const around = [...above, value];
  if (value instanceof Volume) {
    const { shape, dtype, affine, samples } = value;
    return contentOf({ shape, dtype, affine: [...affine], samples, meta: value.meta }, around);
  }
  const parts = Object.entries(value).map(([name, part]) => [name, contentOf(part, around)]);
  return digest(JSON.stringify([value.constructor?.name ?? "", ...parts]));
}
