import { type KnownDataset, knownDatasets } from "./known-datasets.ts";
import { newCommand } from "./new-command.ts";
import { print, printJson } from "./print.ts";
import { textTable } from "./text-table.ts";

/** `voxrx datasets`: lists the public datasets that can be downloaded. */
export function datasetsCommand() {
  return newCommand("datasets", "Lists the public datasets that voxrx download gets.", [
    ["datasets", "a table"],
    ["datasets --json", "one JSON record per dataset, with the names of its labels"],
  ])
    .option("--json", "one JSON record per dataset")
    .action(({ json = false }: { readonly json?: boolean }) => {
      const datasets = knownDatasets();
      if (json) for (const { open, aliases, ...facts } of datasets) printJson(facts);
      else print(...textTable(columns, datasets.map(rowOf)), "", ...advice);
    });
}

const advice = [
  "Sizes are those of the archives, approximately; extracted files take up to three times that.",
  "Get one: voxrx download Task04_Hippocampus --root data",
];

const columns = [
  { name: "NAME" },
  { name: "ARCHIVE", align: "right" },
  { name: "MODALITY" },
  { name: "ITEMS" },
  { name: "LICENSE" },
] as const;

function rowOf({ name, archiveBytes, modality, items, license }: KnownDataset): string[] {
  const size = archiveBytes === undefined ? "?" : archiveBytes === 0 ? "-" : sizeText(archiveBytes);
  return [name, size, modality, items, license];
}

/** Powers of 1000, as on download pages. */
function sizeText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
