import * as operators from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";
import type { OperatorCase } from "../operator.ts";
import { fitting } from "./items.ts";

const batches = () =>
  [0, 10, 20].map((start, id) => ({
    image: ramp([1, 6, 5, 4], "float32", start).toTensor({ layout: "NCXYZ" }),
    nested: { labels: [ramp([1, 6, 5, 4], "uint8", id).toTensor({ layout: "XYZC" })] },
    id: [id],
  }));

const dispose = () => undefined;

/** A module of tensors that can be compared. */
const library = {
  tensor: (values: unknown, shape: unknown, dtype: unknown) => ({ values, shape, dtype, isDisposed: false, dispose }),
  Tensor: class {
    readonly facts: unknown;
    readonly location = "cpu";
    readonly dispose = dispose;
    constructor(...facts: readonly unknown[]) {
      this.facts = facts;
    }
  },
};

/** Cases of operators/trainer. */
export const trainerCases: Readonly<Record<string, OperatorCase>> = {
  toTfjs: { items: batches, make: fitting(() => operators.toTfjs(library, { dispose: false })) },
  toOrt: { items: batches, make: fitting(() => operators.toOrt(library, { dispose: false })) },
};
