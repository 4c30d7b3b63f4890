/** Records of scans, and operators as code without types would call them. */
import type { Operator } from "voxrx";
import { ramp } from "../../support/volumes.ts";

export const scans = () =>
  [3, 7].map((start) => ({ image: ramp([1, 2, 2], "int16", start), label: ramp([1, 2, 2]), id: start }));

/** Any operator on any record, as one without types would write it. */
export const untyped = <A, B>(operator: Operator<A, B>) => operator as unknown as Operator<unknown, unknown>;
