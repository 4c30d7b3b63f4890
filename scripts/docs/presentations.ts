/** How the example of an operator is shown: which data it runs on, and what of it is drawn. */

/** What is drawn of a run. */
type Drawing =
  /** Images before and after. */
  | "image"
  /** The items before, the items after, and which came from which. */
  | "flow"
  /** Each request of a consumer: what was taken for it, without and with the operator. */
  | "requests"
  /** The fields of an item before and after. */
  | "fields"
  /** What was printed. */
  | "printed"
  /** The files that were written. */
  | "files"
  /** When items come. */
  | "times"
  /** Length and items by index. */
  | "index";

/** How an operator is shown. */
export interface Presentation {
  /** Name of the generated data. */
  readonly scene: string;
  readonly drawing: Drawing;
  /** Whether items are noted where they leave the source (default) or where they enter the operator. */
  readonly watches: "source" | "input";
  /** Voxel axis to look along. */
  readonly axis: 0 | 1 | 2;
  /** Epochs to show of an operator on the stream. */
  readonly epochs: number;
  /** Whether gray levels are compared with a histogram below. */
  readonly hasHistogram: boolean;
  /** Whether black and white are the least and the largest value, not those near them. */
  readonly hasFullRange: boolean;
  /** The fields to show; empty: those that change. */
  readonly keys: readonly string[];
}

const ofKind: Readonly<Record<string, Partial<Presentation>>> = {
  intensity: { scene: "unitHead", hasHistogram: true },
  flow: { drawing: "flow" },
  cache: { drawing: "requests", epochs: 2 },
  io: { drawing: "fields" },
  trainer: { drawing: "fields" },
  utility: { scene: "channels", drawing: "fields" },
};

const ct = { scene: "ct" };
const head = { scene: "head" };
const image = { drawing: "image" } as const;
const requests = { drawing: "requests" } as const;

/** Where an operator differs from others of its kind. */
const ofOperator: Readonly<Record<string, Partial<Presentation>>> = {
  scaleIntensityRange: ct,
  shiftIntensity: ct,
  thresholdIntensity: ct,
  clipIntensityPercentiles: { scene: "metal", hasFullRange: true },
  scaleIntensity: head,
  normalizeIntensity: head,
  histogramNormalize: head,
  scaleIntensityRangePercentiles: { scene: "metal", hasFullRange: true },
  foregroundMask: { ...head, hasHistogram: false },
  maskIntensity: { ...head, hasHistogram: false },
  savitzkyGolaySmooth: { axis: 1 },
  fgBgToIndices: { drawing: "fields" },
  orientation: { scene: "stored" },
  resampleToMatch: { scene: "otherGrid", axis: 1 },
  spacing: { axis: 1 },
  rotate90: { axis: 1 },
  affine: head,
  rand3DElastic: head,
  randGridDistortion: head,
  invert: { scene: "predictedLabels", axis: 2 },
  save: { scene: "predicted", drawing: "files" },
  writeShards: { drawing: "files" },
  extract: { drawing: "files" },
  download: { drawing: "files" },
  activations: { scene: "logits" },
  asDiscrete: { scene: "probabilities", keys: ["pred"] },
  fillHoles: { scene: "holes" },
  keepLargestConnectedComponent: { scene: "islands" },
  removeSmallObjects: { scene: "islands" },
  labelToContour: { scene: "labels" },
  labelFilter: { scene: "organs" },
  labelToMask: { scene: "organs" },
  mapLabelValue: { scene: "freeSurfer" },
  cacheUntilRandom: { ...requests, watches: "input", epochs: 2 },
  smartReplace: { drawing: "flow", epochs: 4 },
  shuffle: { epochs: 3 },
  balance: { epochs: 2 },
  unbatch: { watches: "input" },
  indexed: { drawing: "index" },
  prefetch: requests,
  parallel: requests,
  mapAsync: requests,
  simulateDelay: { drawing: "times" },
  progress: { drawing: "printed" },
  tap: { drawing: "printed" },
  onError: { drawing: "flow" },
  dataStats: { drawing: "printed" },
  compose: { drawing: "flow" },
  lambda: { ...image, scene: "ct" },
  randLambda: { ...image, scene: "ct" },
  oneOf: { ...image, scene: "ct" },
  someOf: { ...image, scene: "ct" },
  randomOrder: { ...image, scene: "ct" },
  lazy: { ...image, scene: "ct" },
  repeatChannel: { ...image, scene: "head" },
  splitChannel: { ...image, scene: "channels" },
};

/** How an operator is shown. What is not listed here is shown like the others of its kind. */
export function presentationOf(name: string, kind: string): Presentation {
  return {
    scene: "ct",
    drawing: "image",
    watches: "source",
    axis: 2,
    epochs: 1,
    hasHistogram: false,
    hasFullRange: false,
    keys: [],
    ...ofKind[kind],
    ...ofOperator[name],
  };
}
