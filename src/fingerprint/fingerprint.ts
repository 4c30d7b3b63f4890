import { createHash } from "node:crypto";
import { bytesOf } from "../samples.ts";
import { Volume } from "../volume/volume.ts";
import { canonical, exact } from "./canonical.ts";

/** A digest (SHA-256, hexadecimal) of a string. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The fingerprint of an operator: a digest of its name, version and canonical options. */
export function fingerprintOf(name: string, version: number | string, options: unknown): string {
  return digest(canonical([name, version, options]));
}

/**
 * A digest of the content of an item: its fields and their values, in order, and the type, shape, affine, meta and
 * samples of its volumes. Records and lists of paths and numbers take microseconds; volumes are read completely.
 *
 * @throws NotCanonical if the item contains something that has no identity, such as a function
 */
export function identityOf(item: unknown): string {
  return digest(exact(item, textOfSamples));
}

/** Samples are represented by a digest of their bytes, in a form that no plain value has. */
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
