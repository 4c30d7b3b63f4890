import { z } from "zod";

/** Checks a percentile. */
export const percentSchema = z.number().min(0).max(100);
