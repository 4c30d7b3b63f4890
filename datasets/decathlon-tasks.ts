/**
 * The ten tasks of the Medical Segmentation Decathlon (Simpson et al. 2019, arXiv 1902.09063): checksums as in MONAI,
 * facts from `dataset.json`.
 */

/** Facts about a task, known without downloading anything. */
export interface DecathlonTask {
  /** MD5 of `<task>.tar`. */
  readonly md5: string;
  /** Name of each channel of an image. */
  readonly modality: readonly string[];
  /** Name of each label value; 0 is the background. */
  readonly labels: readonly string[];
  /** Number of items in the list `training`, which is split into the sections training and validation. */
  readonly numTraining: number;
  /** Number of items in the list `test`, which have no labels. */
  readonly numTest: number;
}

/** Tasks by name, which is also the name of the archive and its directory. */
export const decathlonTasks = {
  Task01_BrainTumour: {
    md5: "240a19d752f0d9e9101544901065d872",
    modality: ["FLAIR", "T1w", "t1gd", "T2w"],
    labels: ["background", "edema", "non-enhancing tumor", "enhancing tumour"],
    numTraining: 484,
    numTest: 266,
  },
  Task02_Heart: {
    md5: "06ee59366e1e5124267b774dbd654057",
    modality: ["MRI"],
    labels: ["background", "left atrium"],
    numTraining: 20,
    numTest: 10,
  },
  Task03_Liver: {
    md5: "a90ec6c4aa7f6a3d087205e23d4e6397",
    modality: ["CT"],
    labels: ["background", "liver", "cancer"],
    numTraining: 131,
    numTest: 70,
  },
  Task04_Hippocampus: {
    md5: "9d24dba78a72977dbd1d2e110310f31b",
    modality: ["MRI"],
    labels: ["background", "Anterior", "Posterior"],
    numTraining: 260,
    numTest: 130,
  },
  Task05_Prostate: {
    md5: "35138f08b1efaef89d7424d2bcc928db",
    modality: ["T2", "ADC"],
    labels: ["background", "PZ", "TZ"],
    numTraining: 32,
    numTest: 16,
  },
  Task06_Lung: {
    md5: "8afd997733c7fc0432f71255ba4e52dc",
    modality: ["CT"],
    labels: ["background", "cancer"],
    numTraining: 63,
    numTest: 32,
  },
  Task07_Pancreas: {
    md5: "4f7080cfca169fa8066d17ce6eb061e4",
    modality: ["CT"],
    labels: ["background", "pancreas", "cancer"],
    numTraining: 281,
    numTest: 139,
  },
  Task08_HepaticVessel: {
    md5: "641d79e80ec66453921d997fbf12a29c",
    modality: ["CT"],
    labels: ["background", "Vessel", "Tumour"],
    numTraining: 303,
    numTest: 140,
  },
  Task09_Spleen: {
    md5: "410d4a301da4e5b2f6f86ec3ddba524e",
    modality: ["CT"],
    labels: ["background", "spleen"],
    numTraining: 41,
    numTest: 20,
  },
  Task10_Colon: {
    md5: "bad7a188931dc2f6acf72b08eb6202d0",
    modality: ["CT"],
    labels: ["background", "colon cancer primaries"],
    numTraining: 126,
    numTest: 64,
  },
} as const satisfies Readonly<Record<string, DecathlonTask>>;

/** Name of a task. */
export type DecathlonTaskName = keyof typeof decathlonTasks;
