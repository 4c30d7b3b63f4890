/** What peer.py does for one workload. It gets these as JSON. */
import type { MonaiStep } from "./monai-names.ts";

/** The inputs of single transforms, made alike on both sides. */
export type InputName =
  | "t1"
  | "int16"
  | "reoriented"
  | "label"
  | "mask"
  | "probabilities"
  | "channels"
  | "slice"
  | "record"
  | "pair"
  | "preprocessed"
  | "cube";

/** Items as they are in a dataset: paths by field. */
type Paths = Readonly<Record<string, string>>;

/** Work for the other side, with the name of what does it. */
export type PeerWork = { readonly by: string } & (
  | {
      readonly kind: "transform";
      readonly steps: readonly MonaiStep[];
      readonly input: InputName;
      readonly lazy?: boolean;
    }
  | { readonly kind: "chain"; readonly steps: readonly MonaiStep[]; readonly items: readonly Paths[] }
  | {
      readonly kind: "epoch";
      /** A class of `monai.data`. */
      readonly dataset: string;
      readonly steps: readonly MonaiStep[];
      readonly items: readonly Paths[];
      readonly batch: number;
      readonly options: Readonly<Record<string, unknown>>;
      /** Processes of its loader. Default 0. */
      readonly workers?: number;
      /** Whether each epoch is the first one of a new dataset. Default false. */
      readonly first?: boolean;
    }
  | { readonly kind: "windows"; readonly roiSize: readonly number[]; readonly overlap: number; readonly batch: number }
  | { readonly kind: "read"; readonly reader: string; readonly path: string }
  | {
      readonly kind: "process";
      readonly program: "import" | "first batch";
      readonly steps: readonly MonaiStep[];
      readonly items: readonly Paths[];
    }
  | { readonly kind: "records"; readonly count: number; readonly batch: number }
);
