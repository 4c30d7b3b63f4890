import { datasetItems } from "./dataset-items.ts";
import { type DatasetStatistics, StatisticsGatherer } from "./dataset-statistics.ts";
import { ImageFailures, reportFailure } from "./failures.ts";
import { newCommand, UsageError } from "./new-command.ts";
import { print, printJson } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { statisticsPage } from "./statistics-page.ts";
import { statisticsText } from "./statistics-text.ts";
import { type Suggestions, suggestionsFor } from "./suggestions.ts";
import { checkFree, counted, writeOutput } from "./write-output.ts";

interface StatsOptions {
  readonly force?: boolean;
  readonly section?: string;
  readonly modality?: string;
  readonly html?: string;
  readonly json?: boolean;
}

/** `voxrx stats PATH…`: numbers about a dataset, and the preprocessing that they suggest. */
export function statsCommand() {
  return newCommand("stats", "Measures spacings, sizes, intensities and classes of a dataset, and what they suggest.", [
    ["stats data/Task09_Spleen", "tables, and the first steps of a pipeline"],
    ["stats dataset.json --section training", "one list of a datalist"],
    ["stats data/ --html stats.html", "a page with histograms"],
    ["stats data/ --json", "one JSON document"],
  ])
    .argument("<paths...>", "directories, datalists (.json, .csv, .tsv) or image files")
    .option("--section <name>", "list of a datalist to measure (default: all)")
    .option("--modality <name>", "CT or MR, where the dataset does not say it: decides how intensities are scaled")
    .option("--html <file>", "write a page of HTML, which needs nothing else")
    .option("--force", "replace the page if the file exists")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      `
Spacings and sizes are those along the axes of the world. The foreground is where the label is above 0; without labels,
what is brighter than the mean of its image. Suggestions follow nnU-Net: the median voxel size; for CT the range between
the 0.5th and 99.5th percentile of the foreground, for others mean 0 and deviation 1. They are where to begin.`,
    )
    .action(stats);
}

async function stats(paths: readonly string[], options: StatsOptions): Promise<void> {
  const { section, modality, html, json = false, force } = options;
  if (html !== undefined && !/\.html?$/i.test(html)) throw new UsageError(`${html} must end in .html`);
  if (html !== undefined) await checkFree(html, force);
  const found = await datasetItems(paths, section);
  const { items, faults, descriptions, classNames } = found;
  for (const fault of faults) reportFailure(fault);
  if (items.length === 0 && faults.length === 0) throw new UsageError("there is nothing to measure");
  const gatherer = new StatisticsGatherer(items);
  const line = new ProgressLine();
  const failures = new ImageFailures();
  for (const [n, item] of items.entries()) {
    line.show(() => `${n}/${items.length} items, ${item.id}`);
    await gatherer.add(item).catch((error) => {
      line.clear();
      failures.report(error);
    });
  }
  line.clear();
  failures.end();
  const modalities = modality === undefined ? found.modality : [modality];
  const statistics = gatherer.statistics(classNames, modalities);
  if (statistics.items === 0) return;
  const suggestions = suggestionsFor(statistics, modalities);
  if (html !== undefined) await writeOutput(html, statisticsPage(descriptions, statistics, suggestions));
  if (json) printJson(documentOf(statistics, suggestions, modalities));
  else if (html === undefined) {
    const title = descriptions.length > 0 ? descriptions : [counted(statistics.items, "image")];
    print(...title, "", ...statisticsText(statistics, suggestions));
  }
}

function documentOf(statistics: DatasetStatistics, suggestions: Suggestions, modality: readonly string[]): object {
  const { orientations, types, classNames } = statistics;
  return {
    ...statistics,
    modality,
    orientations: Object.fromEntries(orientations),
    types: Object.fromEntries(types),
    classNames: Object.fromEntries(classNames),
    suggestions,
  };
}
