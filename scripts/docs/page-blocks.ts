/** The blocks of TypeScript on pages. */

/** A page, with its path from the project's top directory. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** One block of code that a reader may copy. */
export interface Block {
  readonly page: string;
  /** Where its code begins on the page. */
  readonly line: number;
  readonly code: string;
  /** The name of its file, if its first line says one: `// pipeline.ts`. Other blocks of the page may import it. */
  readonly file: string | undefined;
}

/** The blocks of a page, in their order. */
export function blocksOf({ path, text }: Page): Block[] {
  return Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), (match) => {
    const code = match[1] ?? "";
    const line = text.slice(0, match.index).split("\n").length + 1;
    return { page: path, line, code, file: /^\/\/ ([\w-]+\.ts)\b/.exec(code)?.[1] };
  });
}
