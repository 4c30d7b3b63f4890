import type { OperatorCase } from "../operator.ts";

/** Cases of operators/label. */
export const labelCases: Readonly<Record<string, OperatorCase>> = {};
