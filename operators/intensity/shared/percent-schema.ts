import * as v from "valibot";
import { numberSchema } from "../../../src/options.ts";

/** Checks a percentile. */
export const percentSchema = v.pipe(numberSchema, v.minValue(0), v.maxValue(100));
