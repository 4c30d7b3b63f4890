/** What notebooks show for volumes, tensors, items and datasets. Loaded when a notebook first asks. */
import { firstItems, type MimeBundle } from "../display.ts";
import { messageOf } from "../errors.ts";
import type { Figure } from "./figure.ts";
import { show } from "./show.ts";

/** A dataset, as far as its display needs it. */
interface ShownDataset {
  explain(): string;
  [firstItems](count: number): Promise<unknown[]>;
}

/** The MIME bundle of a value. What can't be shown shows its error's text instead; never rejects. */
export async function notebookBundle(value: unknown, text: string): Promise<MimeBundle> {
  if (isDataset(value)) return datasetBundle(value, text);
  try {
    const figure = show([value]);
    return { "image/png": base64(figure), "text/plain": text };
  } catch (error) {
    return { "text/plain": `${text}\n${messageOf(error)}` };
  }
}

/** The plan, and the image of the first item below it. */
async function datasetBundle(dataset: ShownDataset, text: string): Promise<MimeBundle> {
  let plan = text;
  try {
    plan = dataset.explain();
    const items = await dataset[firstItems](1);
    const image = items.length > 0 ? imageTag(show(items)) : "<p>The dataset is empty.</p>";
    return { "text/html": `${preformatted(plan)}\n${image}`, "text/plain": plan };
  } catch (error) {
    const fault = `The first item can't be shown: ${messageOf(error)}`;
    return { "text/html": `${preformatted(plan)}\n${preformatted(fault)}`, "text/plain": `${plan}\n${fault}` };
  }
}

function isDataset(value: unknown): value is ShownDataset {
  return typeof value === "object" && value !== null && firstItems in value;
}

function imageTag(figure: Figure): string {
  const { width, height, type } = figure;
  return `<img src="data:${type};base64,${base64(figure)}" width="${width}" height="${height}" alt="the first item">`;
}

function base64({ bytes }: Figure): string {
  return Buffer.from(bytes).toString("base64");
}

function preformatted(text: string): string {
  const escaped = text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<pre>${escaped}</pre>`;
}
