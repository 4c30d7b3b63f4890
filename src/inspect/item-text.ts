/** The exact content of an item as a string, for a digest that two machines compare. */
import { createHash } from "node:crypto";
import { PipelineError } from "../errors.ts";
import { exact, NotCanonical } from "../fingerprint/canonical.ts";
import { bytesOf } from "../samples.ts";
import { isTensor } from "../volume/tensor.ts";
import { Volume } from "../volume/volume.ts";

/**
 * Ids, fields in their order, and element types, shapes, affines and samples. Not what says where an image lay and how
 * it was made (`meta`), nor how its samples lie in memory.
 *
 * @throws PipelineError `VOXRX_UNCACHEABLE`
 */
export function itemText(id: string, item: unknown): string {
  try {
    return `${JSON.stringify(id)} ${exact(item, samplesText, fieldsOf)}\n`;
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    throw new PipelineError("VOXRX_UNCACHEABLE", `the item has no digest: ${error.message}`, {
      operator: "digest",
      item: id,
      cause: error,
      remedy: "Keep functions and class instances out of items, or take them out with map() before the digest.",
    });
  }
}

function samplesText(value: object): string | undefined {
  if (value instanceof Volume) {
    const { dtype, shape, affine } = value;
    return `Volume(${exact([dtype, shape, affine], samplesText)},${bytesDigest(bytesOf(value.toContiguous().storage))})`;
  }
  if (!ArrayBuffer.isView(value)) return undefined;
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return `${value.constructor.name}(${bytesDigest(bytes)})`;
}

/** Of a tensor, without the `meta` of its volumes. */
function fieldsOf(record: object): readonly (readonly [name: string, value: unknown])[] {
  const fields = Object.entries(record);
  if (!isTensor(record)) return fields;
  return fields.map(([name, value]) => [
    name,
    name === "items" ? record.items.map(({ meta: _, ...rest }) => rest) : value,
  ]);
}

function bytesDigest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
