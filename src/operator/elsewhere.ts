/**
 * Runs an operator that was made again from plain data on items that were sent as bytes, in another thread or process.
 */
import type { OperatorFunction } from "rxjs";
import { decodeItem } from "../cache/codec/decode-entry.ts";
import { encodeItem } from "../cache/codec/encode-entry.ts";
import { Dataset } from "../dataset.ts";
import { PipelineError } from "../errors.ts";

/** An item as bytes. @throws PipelineError `VOXRX_UNCACHEABLE` for an item that has no stored form */
export function packed(value: unknown): Uint8Array<ArrayBuffer> {
  return encodeItem({ value, files: [] });
}

/** The item that bytes encode. @throws PipelineError `VOXRX_DAMAGED_ITEM` */
export function unpacked(bytes: Uint8Array<ArrayBuffer>): unknown {
  const decoded = decodeItem(bytes);
  if (decoded.ok) return decoded.item.value;
  throw new PipelineError("VOXRX_DAMAGED_ITEM", `an item arrived damaged: ${decoded.fault}`, {
    remedy: "Send it again; both sides need the same version of voxrx.",
  });
}

/** The results of an operator for items, in epoch 0, all as bytes. */
export async function applyPacked(
  operator: OperatorFunction<never, unknown>,
  items: readonly Uint8Array<ArrayBuffer>[],
): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const results = await Dataset.from(items.map(unpacked)).pipe(ofAny(operator)).epoch(0).toArray();
  return results.map(packed);
}

function ofAny(operator: OperatorFunction<never, unknown>): OperatorFunction<unknown, unknown>;
function ofAny(operator: unknown): unknown {
  return operator;
}
