import { Volume } from "../../../src/volume/volume.ts";

/** A value as a user's function gets it: it may write to a volume, which changes nobody else's samples. */
export function handedOver(value: unknown): unknown {
  return value instanceof Volume ? value.share() : value;
}
