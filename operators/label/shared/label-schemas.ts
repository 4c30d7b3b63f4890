/** Options of operators on labels. */
import * as v from "valibot";
import { integerSchema } from "../../../src/options.ts";

/** Checks a list of labels: integers. */
export const labelsSchema = v.pipe(
  v.union([integerSchema, v.pipe(v.array(integerSchema), v.minLength(1))]),
  v.transform((given) => [given].flat()),
);

/** Checks the connectivity of neighbors. */
export const connectivitySchema = v.pipe(integerSchema, v.minValue(1), v.maxValue(3));
