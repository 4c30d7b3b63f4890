/** The datasets that the command can bring. */
import { decathlon } from "../datasets/decathlon.ts";
import { decathlonTasks } from "../datasets/decathlon-tasks.ts";
import type { PublicDatasetOptions } from "../datasets/define-dataset.ts";
import { type IxiModality, ixi } from "../datasets/ixi.ts";
import { medNist, medNistClasses } from "../datasets/med-nist.ts";
import { phantoms } from "../datasets/phantoms.ts";
import type { IndexedDataset } from "../src/dataset.ts";

/** A public dataset. */
export interface KnownDataset {
  readonly name: string;
  /** Other names that the user may give. */
  readonly aliases: readonly string[];
  /** Approximate size of the archive, in bytes; undefined if it is not published, 0 if there is none. */
  readonly archiveBytes: number | undefined;
  readonly modality: string;
  /** What it holds. */
  readonly items: string;
  readonly labels: readonly string[];
  readonly license: string;
  /** The factory for pipelines, as code. */
  readonly code: string;
  open(options: PublicDatasetOptions): IndexedDataset<unknown>;
}

/** Approximate sizes of the Decathlon's archives, in bytes, as on its download page. */
const archiveSizes: Readonly<Record<string, number>> = {
  Task01_BrainTumour: 7.1e9,
  Task02_Heart: 435e6,
  Task03_Liver: 26.9e9,
  Task04_Hippocampus: 27e6,
  Task05_Prostate: 229e6,
  Task06_Lung: 8.5e9,
  Task07_Pancreas: 11.5e9,
  Task08_HepaticVessel: 8.7e9,
  Task09_Spleen: 1.5e9,
  Task10_Colon: 5.8e9,
};

/** All of them, in the order of the table. */
export function knownDatasets(): KnownDataset[] {
  return [...tasks(), mednist(), ...ixiModalities.map(ixiOf), generated()];
}

/** The dataset that a name means, without regard to case; undefined if there is none. */
export function datasetNamed(name: string): KnownDataset | undefined {
  const wanted = name.toLowerCase();
  return knownDatasets().find((one) => [one.name, ...one.aliases].some((known) => known.toLowerCase() === wanted));
}

function tasks(): KnownDataset[] {
  return decathlonNames().map((task): KnownDataset => {
    const { modality, labels, numTraining, numTest } = decathlonTasks[task];
    const [number = "", organ = ""] = task.split("_");
    return {
      name: task,
      aliases: [number, organ],
      archiveBytes: archiveSizes[task],
      modality: modality.join(", "),
      items: `${numTraining} labeled scans, ${numTest} without labels`,
      labels,
      license: "CC BY-SA 4.0",
      code: `decathlon({ root, task: "${task}", section: "training" })`,
      open: (options) => decathlon({ ...options, task, section: "training", valFrac: 0 }),
    };
  });
}

type TaskName = keyof typeof decathlonTasks;

function decathlonNames(): TaskName[] {
  const isTask = (name: string): name is TaskName => Object.hasOwn(decathlonTasks, name);
  return Object.keys(decathlonTasks).filter(isTask);
}

function mednist(): KnownDataset {
  return {
    name: "MedNIST",
    aliases: [],
    archiveBytes: 62e6,
    modality: "CT, MR, X-ray",
    items: "58,954 images in 6 classes",
    labels: medNistClasses,
    license: "CC BY-SA 4.0",
    code: 'medNist({ root, section: "training" })',
    open: (options) => medNist({ ...options, section: "training", valFrac: 0, testFrac: 0 }),
  };
}

const ixiModalities = ["T1", "T2", "PD", "MRA", "DTI"] as const;

function ixiOf(modality: IxiModality): KnownDataset {
  return {
    name: `IXI-${modality}`,
    aliases: modality === "T1" ? ["IXI"] : [],
    archiveBytes: modality === "T1" ? 4.5e9 : undefined,
    modality: `MR (${modality})`,
    items: "nearly 600 subjects",
    labels: [],
    license: "CC BY-SA 3.0",
    code: `ixi({ root, modality: "${modality}" })`,
    open: (options) => ixi({ ...options, modality }),
  };
}

function generated(): KnownDataset {
  return {
    name: "Phantoms",
    aliases: [],
    archiveBytes: 0,
    modality: "like MR (T1)",
    items: "24 labeled scans, generated without a network",
    labels: ["background", "nuclei", "lesion"],
    license: "none",
    code: "phantoms({ root })",
    open: ({ root }) => phantoms({ root }),
  };
}
