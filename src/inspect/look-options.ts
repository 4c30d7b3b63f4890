/** Options of methods that consume a run. */
export interface ConsumeOptions {
  /** Aborting rejects with the signal's reason and closes the run. */
  readonly signal?: AbortSignal;
}

/** Options of methods that look at items, such as `peek`, `at` and `replay`. */
export interface LookOptions extends ConsumeOptions {
  /** Epoch of the item. Default: the epoch that the next run would have. */
  readonly epoch?: number;
}
