import { formatBytes } from "../src/bytes.ts";
import type { DownloadProgress } from "../src/http/download-file.ts";
import { datasetNamed, knownDatasets } from "./known-datasets.ts";
import { newCommand, UsageError } from "./new-command.ts";
import { print, printJson, printNotice } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { counted, formatRate, formatSeconds } from "./write-output.ts";

interface DownloadCommandOptions {
  readonly root: string;
  readonly task?: string;
  readonly modality?: string;
  readonly mirror?: string;
  readonly md5?: string;
  readonly json?: boolean;
}

/** `voxrx download NAME --root DIR`: downloads a public dataset, checks and extracts it. */
export function downloadCommand() {
  return newCommand("download", "Downloads a public dataset, checks its checksum and extracts it.", [
    ["download Task04_Hippocampus --root data", "into data/Task04_Hippocampus"],
    ["download decathlon --task Task09_Spleen --root data", "the same way for any task"],
    ["download IXI-T1 --root data", "into data/IXI-T1"],
    ["download Phantoms --root data", "generated scans, without a network"],
  ])
    .argument("<name>", "name of a dataset: see voxrx datasets")
    .requiredOption("--root <dir>", "directory for the archive and the extracted files")
    .option("--task <task>", "task, if the name is decathlon")
    .option("--modality <name>", "T1, T2, PD, MRA or DTI, if the name is IXI")
    .option("--mirror <url>", "URL of a copy of the archive")
    .option("--md5 <hex>", "checksum of that copy, if it is another archive")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      "\nAn interrupted download continues where it stopped. What is there is not downloaded again.",
    )
    .action(download);
}

async function download(given: string, options: DownloadCommandOptions): Promise<void> {
  const { root, task, modality, mirror, md5, json = false } = options;
  const isFamily = given.toLowerCase() === "decathlon";
  if (isFamily && task === undefined)
    throw new UsageError(`which task? --task ${knownDatasets()[0]?.name}; voxrx datasets lists them`);
  const name = isFamily ? (task ?? given) : modality === undefined ? given : `${given}-${modality}`;
  const dataset = datasetNamed(name);
  if (!dataset) throw new UsageError(`there is no dataset named ${name}; voxrx datasets lists them`);
  if (md5 !== undefined && mirror === undefined)
    throw new UsageError("--md5 is the checksum of --mirror, which is missing");
  if (mirror !== undefined && dataset.archiveBytes === 0)
    throw new UsageError(`${dataset.name} is generated here: there is nothing for --mirror`);
  const progress = new DownloadReport(dataset.name);
  const items = await dataset
    .open({
      root,
      download: true,
      transfer: { onProgress: (report) => progress.show(report) },
      ...(mirror === undefined ? {} : { mirror }),
      ...(md5 === undefined ? {} : { mirrorChecksum: { md5 } }),
    })
    .ready()
    .finally(() => progress.end());
  if (json) printJson({ name: dataset.name, root, items: items.length, license: dataset.license });
  else {
    print(`${dataset.name}: ${counted(items.length, "item")} in ${root}. License: ${dataset.license}.`);
    print(`In a pipeline: ${dataset.code.replace("root", `root: ${JSON.stringify(root)}`)}`);
  }
}

/** Short downloads say nothing on the way. */
const quietMs = 5_000;

/** Tells how far a download is: a line on a terminal, every tenth of it elsewhere. */
class DownloadReport {
  readonly #name: string;
  readonly #line = new ProgressLine();
  readonly #begun = performance.now();
  #first: number | undefined;
  #told = 0;

  constructor(name: string) {
    this.#name = name;
  }

  show({ bytes: received, total }: DownloadProgress): void {
    this.#first ??= received;
    if (total !== undefined && received >= total) {
      this.end();
      if (this.#told < 10) printNotice(`${this.#name}: ${formatBytes(total)} received; checking and extracting`);
      this.#told = 10;
      return;
    }
    this.#line.show(() => this.#text(received, total));
    const tenth = total === undefined ? 0 : Math.floor((10 * received) / total);
    if (tenth <= this.#told || performance.now() - this.#begun < quietMs) return;
    if (!this.#line.isShown) printNotice(this.#text(received, total));
    this.#told = tenth;
  }

  end(): void {
    this.#line.clear();
  }

  #text(received: number, total: number | undefined): string {
    const seconds = (performance.now() - this.#begun) / 1000;
    const fresh = received - (this.#first ?? 0);
    const speed = formatRate(fresh, seconds);
    if (total === undefined) return `${this.#name}: ${formatBytes(received)}, ${speed}`;
    const left = fresh > 0 ? `, ${formatSeconds(((total - received) * seconds) / fresh)} left` : "";
    const percent = Math.floor((100 * received) / total);
    return `${this.#name}: ${percent} % of ${formatBytes(total)}, ${speed}${left}`;
  }
}
