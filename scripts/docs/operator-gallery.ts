/** The gallery of all operators, and their part of the site's sidebar. */
import { firstSentence, withLinks, withoutTags } from "./doc-text.ts";
import type { OperatorSource } from "./read-operators.ts";

/** An operator in the gallery. */
export interface GalleryEntry {
  readonly operator: OperatorSource;
  /** Path of its small picture, from the gallery. */
  readonly thumbnail: string;
}

/** The kinds with their titles, those with images first. */
const kinds: readonly (readonly [kind: string, title: string, text: string])[] = [
  ["spatial", "Space", "Where the voxels are."],
  ["crop", "Crop and pad", "Which part of an image is used."],
  ["intensity", "Intensity", "What the voxels hold."],
  ["label", "Labels and predictions", "Classes, masks, and what a model gives."],
  ["patch", "Patches", "Images in parts, and whole again."],
  ["metric", "Metrics", "How good a prediction is."],
  ["trainer", "Trainers", "Tensors of other libraries."],
  ["io", "Files", "Read, write, download, extract."],
  ["utility", "Items", "The fields of an item, and operators of operators."],
  ["flow", "Stream", "Which items come, in which order, and how far ahead."],
  ["cache", "Cache", "What is computed once."],
];

function groups(entries: readonly GalleryEntry[]): { title: string; text: string; entries: GalleryEntry[] }[] {
  const known = kinds.map(([kind, title, text]) => ({
    title,
    text,
    entries: entries.filter(({ operator }) => operator.kind === kind),
  }));
  const others = entries.filter(({ operator }) => !kinds.some(([kind]) => kind === operator.kind));
  return [...known, { title: "Others", text: "", entries: others }].filter((group) => group.entries.length > 0);
}

/** The gallery: every operator with a small picture, by kind. */
export function galleryPage(entries: readonly GalleryEntry[]): string {
  const pages = new Set(entries.map(({ operator }) => operator.name));
  const sections = groups(entries).map(({ title, text, entries: own }) => {
    const rows = own.map(({ operator: { name, doc }, thumbnail }) => {
      const sentence = withoutTags(withLinks(firstSentence(doc), pages)).replaceAll("|", "\\|");
      return `| [![${name}](${thumbnail})](${name}.md) | [\`${name}\`](${name}.md) | ${sentence} |`;
    });
    return `## ${title}\n\n${text}\n\n| before and after | operator | |\n| --- | --- | --- |\n${rows.join("\n")}`;
  });
  return `# Operators

${entries.length} operators, each with what it does to the data of its example: before and after. Click one for its
options, errors and example.

${sections.join("\n\n")}
`;
}

/** Groups of links for the sidebar. */
export function sidebarOf(entries: readonly GalleryEntry[]): object[] {
  const gallery = { text: "All operators", link: "/operators/" };
  const shown = groups(entries).map(({ title, entries: own }) => ({
    text: title,
    collapsed: true,
    items: own.map(({ operator: { name } }) => ({ text: name, link: `/operators/${name}` })),
  }));
  return [gallery, ...shown];
}
