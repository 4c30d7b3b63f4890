import { createHash } from "node:crypto";
import { bytesOf } from "../samples.ts";
import { Volume } from "../volume/volume.ts";
import { canonical, exact } from "./canonical.ts";

/** A digest (sha256, hex) of a text. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The fingerprint of an operator: a digest of its name, version and canonical options. */
export function fingerprintOf(name: string, version: number | string, options: unknown): string {
  return digest(canonical([name, version, options]));
}

/**
 * A digest of all that can be seen of an item: its fields and their values, in their order, and the shape, affine, meta
 * and samples of the volumes in it. Records and lists of paths and numbers cost microseconds; volumes are read whole.
 *
 * @throws NotCanonical when the item holds something that has no identity of its own, such as a function
 */
export function identityOf(item: unknown): string {
  return digest(exact(item, textOfSamples));
}

/** Samples are told by a digest of their bytes, which no plain value is written like. */
function textOfSamples(value: object): string | undefined {
  if (value instanceof Volume) {
    const { dtype, shape, affine, meta } = value;
    const facts = exact([dtype, shape, affine, meta], textOfSamples);
    return `Volume(${facts},${bytesDigest(bytesOf(value.toContiguous().storage))})`;
  }
  if (!ArrayBuffer.isView(value)) return undefined;
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return `${value.constructor.name}(${bytesDigest(bytes)})`;
}

function bytesDigest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
