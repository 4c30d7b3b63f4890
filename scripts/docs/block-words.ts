/** What `run-blocks.ts` and the processes that it starts say to each other. */

/** A block to run. */
export interface BlockOrder {
  /** The working directory of its page. */
  readonly dir: string;
  /** The name of its file there. */
  readonly file: string;
  /** The file's content. */
  readonly module: string;
  /** The block as the page has it. */
  readonly code: string;
}

/** How a block goes. */
export type BlockWord =
  | { readonly word: "ready" | "begun" | "ended" | "done" }
  /** It has ended, but something keeps the process alive. */
  | { readonly word: "alive"; readonly by: string }
  /** It threw, at this line of its file. */
  | { readonly word: "failed"; readonly message: string; readonly line: number };
