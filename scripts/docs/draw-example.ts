/** Draws what the example of an operator did. */
import type { Dataset } from "voxrx";
import { drawItems, firstItems, firstUse, lastOutput } from "./draw-items.ts";
import { requestsOf } from "./event-log.ts";
import { filesIn } from "./files-in.ts";
import { flowPicture, type OutputRow } from "./flow-picture.ts";
import { boxText } from "./item-values.ts";
import { panelsPicture } from "./panels-picture.ts";
import type { Picture } from "./picture.ts";
import type { Presentation } from "./presentations.ts";
import { type RequestsPanel, requestsPicture } from "./requests-picture.ts";
import type { RanExample } from "./run-example.ts";

/** Draws an example as its presentation says; images without a visible change, as fields. */
export async function drawExample(name: string, ran: RanExample, presentation: Presentation): Promise<Picture> {
  const { drawing } = presentation;
  if (drawing === "flow") return flowOf(name, ran, presentation);
  if (drawing === "requests") return requestsPictureOf(name, ran, presentation);
  if (drawing === "printed") return printedOf(name, ran);
  if (drawing === "times") return timesOf(name, ran);
  if (drawing === "files") return filesOf(name, ran);
  if (drawing === "index") return indexOf(name, ran);
  return drawItems(name, ran, presentation);
}

async function flowOf(name: string, ran: RanExample, { epochs }: Presentation): Promise<Picture> {
  const rows: OutputRow[] = [];
  const [{ input }] = [firstUse(ran)];
  if (input) {
    const without = await requestsOf(input, ran.log, { epoch: 0 });
    if (without.some(({ failed }) => failed !== undefined)) rows.push({ name: `without ${name}`, requests: without });
  }
  const prefix = rows.length > 0 ? "with " : "after ";
  const uses = input ? ran.uses : ran.uses.slice(0, 1);
  for (const [n, { output }] of uses.entries()) {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const requests = await requestsOf(output, ran.log, { epoch });
      const row = uses.length > 1 ? `rank ${n}` : epochs > 1 ? `epoch ${epoch}` : `${prefix}${name}`;
      rows.push({ name: row, requests });
    }
  }
  const touched = new Set(
    rows.flatMap(({ requests }) => requests.flatMap(({ took }) => took.map((one) => one.source))),
  );
  const kept = [...touched].sort((one, other) => one - other);
  const sources = kept.flatMap((n) => ran.log.sources[n] ?? []);
  const renumbered = rows.map(({ name: row, requests }) => ({
    name: row,
    requests: requests.map((one) => ({
      ...one,
      took: one.took.map((item) => ({ ...item, source: kept.indexOf(item.source) })),
    })),
  }));
  return flowPicture(sources, renumbered, `Items before and after ${name}`);
}

/** Waits until nothing has happened for a while: what runs ahead has then done what it may. */
function settled(ran: RanExample): () => Promise<void> {
  return async () => {
    for (let count = -1; count !== ran.log.events.length; ) {
      count = ran.log.events.length;
      await new Promise((resolve) => setTimeout(resolve, 90));
    }
  };
}

async function requestsPictureOf(name: string, ran: RanExample, { epochs }: Presentation): Promise<Picture> {
  const { input, output } = firstUse(ran);
  if (!input) throw new Error("it takes datasets: it needs another drawing than that of requests");
  const settle = settled(ran);
  const panelOf = async (title: string, dataset: Dataset<unknown>): Promise<RequestsPanel> => {
    const runs: RequestsPanel["runs"][number][] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      const requests = await requestsOf(dataset, ran.log, { epoch, settle });
      runs.push({ name: epochs > 1 ? `epoch ${epoch}` : "each column: one request of the consumer", requests });
    }
    return { title, runs };
  };
  const without = await panelOf(`without ${name}`, input);
  const withIt = await panelOf(`with ${name}`, output);
  return requestsPicture([without, withIt], "worked on", `What is worked on at each request, without and with ${name}`);
}

async function printedOf(name: string, ran: RanExample): Promise<Picture> {
  const { input } = firstUse(ran);
  const linesOf = async (dataset: Dataset<unknown>) => {
    ran.printed.lines = [];
    await firstItems(dataset, 50);
    return ran.printed.lines.filter((line) => line.trim() !== "").map(withoutTimes);
  };
  const before = input ? await linesOf(input) : [];
  const after = await linesOf(lastOutput(ran));
  return panelsPicture(
    { title: `printed without ${name}`, lines: before },
    { title: `printed with ${name}`, lines: after },
    `What is printed without and with ${name}`,
  );
}

/** Times and rates differ from run to run. */
function withoutTimes(line: string): string {
  return line.replaceAll(/[\d.]+(?= ?(?:ms|s|%|\/s|[KMG]iB\/s|B\/s)\b|%|\/s)/g, "…");
}

async function filesOf(name: string, ran: RanExample): Promise<Picture> {
  const before = ran.filesBefore;
  // Some examples run their pipelines.
  if (filesIn(ran.dir).join() === before.join()) await firstItems(lastOutput(ran), 50);
  return panelsPicture(
    { title: `files before the example of ${name}`, lines: before },
    { title: `files after it`, lines: filesIn(ran.dir) },
    `The files before and after ${name}`,
  );
}

/** When items come, in steps of 100 ms: less depends on the machine. */
async function timesOf(name: string, ran: RanExample): Promise<Picture> {
  const stepMs = 100;
  const linesOf = async (dataset: Dataset<unknown>) => {
    const lines: string[] = [];
    let [at, steps] = [performance.now(), 0];
    for await (const item of dataset.iterate({ epoch: 0 })) {
      const now = performance.now();
      // A timer may be early by a little.
      steps += Math.floor((now - at + 20) / stepMs);
      lines.push(`${String(steps * stepMs).padStart(4)} ms  item ${boxText(item)}`);
      at = now;
    }
    return lines;
  };
  const { input, output } = firstUse(ran);
  return panelsPicture(
    { title: `items without ${name}`, lines: input ? await linesOf(input) : [] },
    { title: `items with ${name}`, lines: await linesOf(output) },
    `When items come, without and with ${name}`,
  );
}

/** What is known of a dataset by index. */
async function indexOf(name: string, ran: RanExample): Promise<Picture> {
  const linesOf = async (dataset: Dataset<unknown>) => {
    const items = (await firstItems(dataset, 50)).map(boxText).join(", ");
    if (!dataset.stage.index)
      return [`items    ${items}`, "length   error VOXRX_NOT_INDEXED", "at(0)    error VOXRX_NOT_INDEXED"];
    const known = await dataset.asIndexed().ready();
    return [`items    ${items}`, `length   ${known.length}`, `at(0)    ${boxText(await known.at(0))}`];
  };
  const { input, output } = firstUse(ran);
  return panelsPicture(
    { title: `before ${name}`, lines: input ? await linesOf(input) : [] },
    { title: `after ${name}`, lines: await linesOf(output) },
    `Items, length and at(0) before and after ${name}`,
  );
}
