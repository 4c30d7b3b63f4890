/** Options of operators on labels. */
import { z } from "zod";

/** Checks a list of labels: integers. */
export const labelsSchema = z.union([z.int(), z.array(z.int()).min(1)]).transform((given) => [given].flat());

/** Checks how neighbours touch. */
export const connectivitySchema = z.int().min(1).max(3);
