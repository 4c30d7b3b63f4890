import type { OperatorCase } from "../operator.ts";

/** Cases of operators/patch. */
export const patchCases: Readonly<Record<string, OperatorCase>> = {};
