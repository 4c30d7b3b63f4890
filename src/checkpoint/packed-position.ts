/** Positions as a checkpoint holds them: as they are if they are short, else compressed. */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import type { Position } from "../plan/stage.ts";

const tag = "voxrx.deflated";

/** A position with more characters than this, as JSON, is compressed: one of many streams repeats itself. */
const mostCharacters = 800;

/** What is packed can't make more than this. */
const mostBytes = 2 ** 20;
const mostValues = 2 ** 17;

/** Stages are never nested this deep, and what is read by recursion must have an end. */
const mostLevels = 1000;

/** A position in as little room as it needs. */
export function packPosition(position: Position): Position {
  const text = JSON.stringify(position);
  if (text.length <= mostCharacters) return position;
  return { [tag]: deflateRawSync(text, { level: constants.Z_BEST_COMPRESSION }).toString("base64") };
}

/** The position that was packed; undefined for what is not a position. */
export function unpackPosition(value: unknown): Position | undefined {
  if (!isPosition(value)) return undefined;
  const packed = typeof value === "object" && value !== null && Object.hasOwn(value, tag) && Reflect.get(value, tag);
  if (typeof packed !== "string") return value;
  try {
    const bytes = inflateRawSync(Buffer.from(packed, "base64"), { maxOutputLength: mostBytes });
    const unpacked: unknown = JSON.parse(bytes.toString());
    return isPosition(unpacked) ? unpacked : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value is a position: plain JSON, of which no level is too deep and which has an end. */
function isPosition(value: unknown): value is Position {
  let level: unknown[] = [value];
  for (let depth = 0, count = 0; level.length > 0; depth++) {
    count += level.length;
    if (depth > mostLevels || count > mostValues) return false;
    const below: unknown[] = [];
    for (const each of level) {
      if (typeof each === "object" && each !== null) for (const one of Object.values(each)) below.push(one);
      else if (each !== null && !["boolean", "number", "string"].includes(typeof each)) return false;
    }
    level = below;
  }
  return true;
}
