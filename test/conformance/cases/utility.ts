import type { Volume } from "voxrx";
import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, keys, onNumbers, onScans, scans } from "./items.ts";

/** Cases of operators/utility. */
export const utilityCases: Readonly<Record<string, OperatorCase>> = {
  compose: onNumbers(
    fitting(() =>
      operators.compose(
        operators.map((n: number) => n + 1),
        operators.take(3),
      ),
    ),
  ),
  selectItems: onScans(fitting(() => operators.selectItems(keys))),
  deleteItems: onScans(fitting(() => operators.deleteItems("label"))),
  copyItems: onScans(fitting(() => operators.copyItems({ keys, times: 2 }))),
  renameItems: onScans(fitting(() => operators.renameItems({ image: "label", label: "image" }))),
  concatItems: onScans(fitting(() => operators.concatItems({ keys, name: "both" }))),
  splitChannel: onScans(fitting(() => operators.splitChannel({ keys }))),
  repeatChannel: onScans(fitting(() => operators.repeatChannel({ keys, repeats: 2 }))),
  squeezeDim: {
    items: () => scans().map(({ image }) => image.crop([0, 0, 1], [6, 5, 2])),
    make: fitting(() => operators.squeezeDim()),
    keepsIndex: true,
  },
  castToType: onScans(fitting(() => operators.castToType({ keys, dtype: ["int16", "float32"] }))),
  ensureChannelFirst: onScans(fitting(() => operators.ensureChannelFirst({ keys, channelDim: 2 }))),
  lambda: onScans(fitting(() => operators.lambda({ keys: "image", func: blackened }))),
  randLambda: onScans(fitting(() => operators.randLambda({ keys: "image", prob: 0.5, func: blackened }))),
  simulateDelay: onNumbers(fitting(() => operators.simulateDelay({ delayMs: 0.001 }))),
  dataStats: onScans(fitting(() => operators.dataStats({ keys, onStats: () => undefined }))),
  oneOf: onScans(fitting(() => operators.oneOf([operators.flip({ keys }), operators.randFlip({ keys, prob: 0.5 })]))),
  someOf: onScans(
    fitting(() =>
      operators.someOf([operators.flip({ keys }), operators.rotate90({ keys })], {
        numTransforms: [0, 3],
        replace: true,
      }),
    ),
  ),
  randomOrder: onScans(
    fitting(() => operators.randomOrder([operators.flip({ keys, spatialAxis: 0 }), operators.rotate90({ keys })])),
  ),
  lazy: onScans(
    fitting(() =>
      operators.lazy(
        operators.spacing({ keys, pixdim: [1.4, 1, 0.7], mode: ["bilinear", "nearest"] }),
        operators.randRotate({ keys, prob: 0.5, rangeX: 0.2, mode: ["bilinear", "nearest"] }),
        operators.randFlip({ keys, prob: 0.5 }),
      ),
    ),
  ),
};

/** Writes to the samples that it is given. */
function blackened(volume: Volume): Volume {
  volume.data.fill(0);
  return volume;
}
