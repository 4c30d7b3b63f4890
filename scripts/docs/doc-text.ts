/** Turns the text of docstrings into Markdown. */
import type ts from "typescript";

/** Markdown in which links to names are still marked, because only a page knows where they are. */
export type DocText = string;

const [open, close] = ["⟦", "⟧"];

/** The text of a docstring, with `{@link X}` marked. */
export function docTextOf(parts: readonly ts.SymbolDisplayPart[]): DocText {
  return parts
    .map(({ kind, text }) => (kind === "link" ? (/^\s*$|^\{@link/.test(text) ? "" : text) : text))
    .map((text, n) => (parts[n]?.kind.startsWith("linkN") || parts[n]?.kind === "linkText" ? linkMark(text) : text))
    .join("")
    .replaceAll(/^\}|(?<=⟧)\}/g, "");
}

function linkMark(text: string): string {
  return `${open}${text.trim()}${close}`;
}

/** Puts links to pages of operators, and code for all other names, where names are marked. */
export function withLinks(text: DocText, pages: ReadonlySet<string>): string {
  return text.replaceAll(/⟦([^⟧]*)⟧/g, (_, name: string) => {
    const [target = name, shown = target] = name.split(/[ |]+/);
    return pages.has(target) ? `[\`${shown}\`](${target}.md)` : `\`${shown}\``;
  });
}

/** The first sentence. Numbers, abbreviations and what is in parentheses or code do not end one. */
export function firstSentence(text: string): string {
  const joined = (text.split("\n\n")[0] ?? "").replaceAll("\n", " ");
  const masked = joined.replaceAll(/`[^`]*`|\([^)]*\)/g, (part) => "x".repeat(part.length));
  const end = /[.:](?=\s|$)(?<!\b(?:e\.g|i\.e|al|Fig|vs)\.)/.exec(masked);
  const sentence = end ? joined.slice(0, end.index) : joined;
  return `${sentence.trim()}.`;
}

/** Text for a cell of a table. */
export function inCell(text: string): string {
  return text.replaceAll("\n\n", "<br>").replaceAll("\n", " ").replaceAll("|", "\\|");
}

/** Text outside of code in which `<` and `{{` do not begin a tag of the site's templates. */
export function withoutTags(text: string): string {
  return text.replaceAll(/`[^`]*`|<|\{\{/g, (part) => (part === "<" ? "&lt;" : part === "{{" ? "{&#123;" : part));
}

/** Codes of errors as links to the page of errors, and to their place on it if they have one. */
export function withCodeLinks(text: string, anchors: ReadonlySet<string>): string {
  return text.replaceAll(/`(VOXRX_[A-Z0-9_]+)`/g, (_, code: string) => {
    const place = anchors.has(code.toLowerCase()) ? `#${code.toLowerCase()}` : "";
    return `[\`${code}\`](../errors.md${place})`;
  });
}

/** The anchors of a page: headings and ids. */
export function anchorsIn(markdown: string): ReadonlySet<string> {
  const headings = [
    ...markdown.matchAll(/^#+ +`?(VOXRX_\w+)`?/gm),
    ...markdown.matchAll(/\b(?:id|name)="(voxrx_\w+)"/gi),
  ];
  return new Set(headings.map((match) => (match[1] ?? "").toLowerCase()));
}
