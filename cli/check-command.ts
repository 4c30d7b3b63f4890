import { eachInOrder } from "../src/async/each-in-order.ts";
import { compareItems } from "./compare-items.ts";
import { type DatasetItems, datasetItems } from "./dataset-items.ts";
import { reportFailure } from "./failures.ts";
import { type CheckedItem, checkItem, type Expected, type ItemFinding } from "./item-check.ts";
import { newCommand, parseCount, parseNumbers, parsePositive, UsageError } from "./new-command.ts";
import { print, printJson } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { counted, formatSeconds } from "./write-output.ts";

interface CheckOptions {
  readonly section?: string;
  readonly classes?: readonly number[];
  readonly maxAnisotropy: number;
  readonly concurrency: number;
  readonly all?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** `voxrx check PATH…`: reads every item of a dataset, and says what is wrong with it. */
export function checkCommand() {
  return newCommand("check", "Reads every image and label of a dataset, and says what is wrong with each.", [
    ["check data/Task09_Spleen", "a directory: Decathlon, nnU-Net, BIDS, DICOM, classes or files"],
    ["check dataset.json --section training", "one list of a datalist"],
    ["check scans.csv --json", "a table with columns image and label; one JSON record per item"],
    ["check *.nii.gz", "image files"],
  ])
    .argument("<paths...>", "directories, datalists (.json, .csv, .tsv) or image files")
    .option("--section <name>", "list of a datalist to check (default: all)")
    .option(
      "--classes <values>",
      "label values that may occur, such as 0,1,2 (default: those of dataset.json)",
      parseNumbers,
    )
    .option("--max-anisotropy <ratio>", "warn if voxels are longer than wide by more than this", parsePositive, 10)
    .option("--concurrency <n>", "items read at a time; each takes the memory of its image and label", parseCount, 2)
    .option("--all", "list the items without findings too")
    .option("--strict", "exit with 1 for warnings too")
    .option("--json", "one JSON record per item")
    .addHelpText("after", explanation)
    .action(check);
}

const explanation = `
Faults (exit code 1):
  unreadable, label-unreadable   the file is missing, damaged or of no known format
  not-finite                     NaN or infinite samples
  constant                       all samples are equal
  bad-spacing                    a voxel size that is 0 or not finite
  label-grid                     the label has another shape than the image, or lies elsewhere
  label-values                   values that are not integers
  unexpected-class               values that are not among the classes
  duplicate                      the same samples as another image
Warnings:
  label-empty                    no foreground
  anisotropic                    voxels much longer than wide (--max-anisotropy)
  odd-spacing, odd-orientation, odd-channels
                                 unlike most items`;

async function check(paths: readonly string[], options: CheckOptions): Promise<void> {
  const found = await datasetItems(paths, options.section);
  const { items, faults, descriptions } = found;
  for (const fault of faults) reportFailure(fault);
  if (items.length === 0 && faults.length === 0) throw new UsageError("there is nothing to check");
  if (!options.json) for (const description of descriptions) print(description);
  const begun = performance.now();
  const checked = await checkAll(found, expectedOf(found, options), options.concurrency);
  compareItems(checked);
  for (const one of checked) report(one, options);
  const flawed = checked.filter(({ findings }) => findings.some(({ level }) => level === "fault")).length;
  const warned = checked.filter(({ findings }) => findings.length > 0).length - flawed;
  if (!options.json && items.length > 0) {
    const seconds = formatSeconds((performance.now() - begun) / 1000);
    print(`${counted(items.length, "item")} in ${seconds}: ${summary(items.length, flawed, warned)}`);
  }
  if (flawed > 0 || (options.strict && warned > 0)) process.exitCode = 1;
}

function expectedOf({ classNames, items }: DatasetItems, { classes, maxAnisotropy }: CheckOptions): Expected {
  // The names of a directory of classes are not values of label maps.
  const named = items.some(({ className }) => className !== undefined) ? [] : [...classNames.keys()];
  const values = classes ?? named;
  return { classes: values.length > 0 ? new Set(values) : undefined, maxAnisotropy };
}

async function checkAll({ items }: DatasetItems, expected: Expected, concurrency: number): Promise<CheckedItem[]> {
  const line = new ProgressLine();
  const checked: CheckedItem[] = [];
  await eachInOrder(
    items,
    concurrency,
    (item) => checkItem(item, expected),
    (one) => {
      checked.push(one);
      line.show(() => `${checked.length}/${items.length} items, ${one.item.id}`);
    },
  );
  line.clear();
  return checked;
}

function report({ item, image, findings }: CheckedItem, { json = false, all = false }: CheckOptions): void {
  const verdict = verdictOf(findings);
  if (json) {
    const { id, label } = item;
    const { shape, spacing, axcodes, dtype } = image ?? {};
    printJson({ id, image: item.image, label, verdict, findings, shape, spacing, axcodes, dtype });
  } else if (all || findings.length > 0) {
    const lines = findings.map(({ level, code, message }) => `  ${level} ${code}: ${message}`);
    print(`${verdict === "ok" ? "ok " : ""}${item.id}`, ...lines);
  }
}

function verdictOf(findings: readonly ItemFinding[]): "ok" | "warning" | "fault" {
  if (findings.length === 0) return "ok";
  return findings.some(({ level }) => level === "fault") ? "fault" : "warning";
}

function summary(count: number, flawed: number, warned: number): string {
  if (flawed + warned === 0) return "nothing to report";
  const parts = [
    ...(flawed > 0 ? [`${flawed} with faults`] : []),
    ...(warned > 0 ? [`${warned} with warnings`] : []),
    `${count - flawed - warned} fine`,
  ];
  return parts.join(", ");
}
