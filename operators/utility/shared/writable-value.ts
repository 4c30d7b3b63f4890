import { Volume } from "../../../src/volume/volume.ts";

/** The value to pass to a user's function. It can write to a volume without changing samples that others use. */
export function writableValue(value: unknown): unknown {
  return value instanceof Volume ? value.share() : value;
}
