import { createHash, type Hash } from "node:crypto";
import { bytesOf } from "../volume/samples.ts";
import { Volume } from "../volume/volume.ts";
import { canonical } from "./canonical.ts";

/** A digest (sha256, hex) of a text. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The fingerprint of an operator: a digest of its name, version and canonical options. */
export function fingerprintOf(name: string, version: number | string, options: unknown): string {
  return digest(canonical([name, version, options]));
}

/**
 * A digest of what an item is: of its fields' values, and of the shape, affine and samples of the volumes in it. Records and
 * lists of paths and numbers cost microseconds; volumes are read whole.
 *
 * @throws NotCanonical when the item holds something that has no identity of its own, such as a function
 */
export function identityOf(item: unknown): string {
  const hash = createHash("sha256");
  hash.update(canonical(withoutVolumes(item, hash)));
  return hash.digest("hex");
}

function withoutVolumes(value: unknown, hash: Hash): unknown {
  if (value instanceof Volume) {
    const plain = value.toContiguous();
    hash.update(bytesOf(plain.samples));
    return { volume: plain.dtype, shape: plain.shape, affine: plain.affine };
  }
  if (ArrayBuffer.isView(value)) {
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return { view: value.constructor.name, bytes: value.byteLength };
  }
  if (Array.isArray(value)) return value.map((inner) => withoutVolumes(inner, hash));
  if (value instanceof Map) {
    // In an order of their own, as the bytes in them are hashed one after the other.
    const pairs = Array.from(value).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    return { map: pairs.map(([key, inner]) => [key, withoutVolumes(inner, hash)]) };
  }
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([name, inner]) => [name, withoutVolumes(inner, hash)]));
  }
  return value;
}
