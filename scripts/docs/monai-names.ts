/** Which names of MONAI an operator answers to, from the pages of the mapping. */
import { mappingPages } from "./monai-pages.ts";

/** A page of the mapping. */
export interface MonaiPage {
  /** Name of its file, without the extension. */
  readonly page: string;
  readonly names: readonly string[];
  readonly status: string;
  readonly operators: readonly string[];
  /** Its text without front matter, headings and code. */
  readonly text: string;
}

/** All pages of the mapping. */
export function readMonaiPages(): MonaiPage[] {
  return mappingPages().map(({ page, facts, text }) => {
    const { monai: names, status, voxrx: operators } = facts;
    return { page, names, status, operators, text: firstParagraphs(text) };
  });
}

/** The prose before the first table or block of code. */
function firstParagraphs(body: string): string {
  const paragraphs = body.split(/\n{2,}/).map((one) => one.trim());
  const prose = paragraphs.filter((one) => one !== "" && !/^(#|```|\||<|:::)/.test(one));
  return prose
    .slice(0, 2)
    .join("\n\n")
    .replaceAll(/\]\((?!https?:|#)([^)]+)\)/g, (_, path: string) => `](../mapping/monai/${path})`);
}
