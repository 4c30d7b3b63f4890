/** The codes in the groups of docs/errors.md. */
import type { Advice, Code } from "./advice.ts";
import { archives } from "./archives.ts";
import { cachesAndStores } from "./caches-and-stores.ts";
import { filesAndFormats } from "./files-and-formats.ts";
import { itemsAndFields } from "./items-and-fields.ts";
import { listsAndResults } from "./lists-and-results.ts";
import { manyMachines } from "./many-machines.ts";
import { networkAndDownloads } from "./network-and-downloads.ts";
import { optionsAndPlans } from "./options-and-plans.ts";
import { resumeAndRanks } from "./resume-and-ranks.ts";
import { rxjsCodes } from "./rxjs.ts";
import { threadsAndMemory } from "./threads-and-memory.ts";

/** Codes that belong together, under one heading. */
export interface Group {
  readonly title: string;
  readonly advice: Readonly<Partial<Record<Code, Advice>>>;
}

/** In the order of the page. */
export const groups: readonly Group[] = [
  { title: "Options and plans", advice: optionsAndPlans },
  { title: "Items and fields", advice: itemsAndFields },
  { title: "Files and formats", advice: filesAndFormats },
  { title: "Lists of items, and results", advice: listsAndResults },
  { title: "Network and downloads", advice: networkAndDownloads },
  { title: "Archives and shards", advice: archives },
  { title: "Caches and stores", advice: cachesAndStores },
  { title: "Resume and ranks", advice: resumeAndRanks },
  { title: "Threads and memory", advice: threadsAndMemory },
  { title: "Many machines", advice: manyMachines },
  { title: "RxJS", advice: rxjsCodes },
];

/** What is said about each code. A code without advice does not compile. */
export const adviceOf: Readonly<Record<Code, Advice>> = {
  ...optionsAndPlans,
  ...itemsAndFields,
  ...filesAndFormats,
  ...listsAndResults,
  ...networkAndDownloads,
  ...archives,
  ...cachesAndStores,
  ...resumeAndRanks,
  ...threadsAndMemory,
  ...manyMachines,
  ...rxjsCodes,
};
