/** One line of `explain()`. */
export interface StageText {
  readonly name: string;
  /** Options in effect, as text. */
  readonly detail?: string;
  /** Remarks: fused, opaque, why a prefix ends. */
  readonly notes?: readonly string[];
}
