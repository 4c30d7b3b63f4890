import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, keys, onScans } from "./items.ts";

/** Cases of operators/spatial. */
export const spatialCases: Readonly<Record<string, OperatorCase>> = {
  orientation: onScans(fitting(() => operators.orientation({ keys, axcodes: "ASL" }))),
  spacing: onScans(fitting(() => operators.spacing({ keys, pixdim: [2, 1, 0.5], mode: ["bilinear", "nearest"] }))),
  flip: onScans(fitting(() => operators.flip({ keys, spatialAxis: 1 }))),
  randFlip: onScans(fitting(() => operators.randFlip({ keys, prob: 0.5, spatialAxis: 0 }))),
  rotate90: onScans(fitting(() => operators.rotate90({ keys }))),
  randRotate90: onScans(fitting(() => operators.randRotate90({ keys, prob: 0.5 }))),
  rotate: onScans(fitting(() => operators.rotate({ keys, angle: [0.1, 0.2, 0.3], mode: ["bilinear", "nearest"] }))),
  affine: onScans(fitting(() => operators.affine({ keys, scaleParams: [1.2, 0.9], mode: ["bilinear", "nearest"] }))),
  randRotate: onScans(fitting(() => operators.randRotate({ keys, prob: 0.5, rangeZ: 0.5 }))),
  randAffine: onScans(
    fitting(() => operators.randAffine({ keys, prob: 0.5, shearRange: [0.1], spatialSize: [4, 5, 6] })),
  ),
  rand3DElastic: onScans(
    fitting(() => operators.rand3DElastic({ keys, prob: 0.5, sigmaRange: [1, 2], magnitudeRange: [1, 3] })),
  ),
  randGridDistortion: onScans(fitting(() => operators.randGridDistortion({ keys, prob: 0.5, distortLimit: 0.2 }))),
  randAxisFlip: onScans(fitting(() => operators.randAxisFlip({ keys, prob: 0.5 }))),
  spatialResample: onScans(
    fitting(() => operators.spatialResample({ keys, spatialSize: [7, 4, -1], mode: ["bilinear", "nearest"] })),
  ),
  resampleToMatch: onScans(fitting(() => operators.resampleToMatch({ keys: "label", keyDst: "image" }))),
  resize: onScans(
    fitting(() =>
      operators.resize({ keys, spatialSize: [4, 6, 3], mode: ["area", "nearest-exact"], antiAliasing: true }),
    ),
  ),
  zoom: onScans(fitting(() => operators.zoom({ keys, zoom: [1.5, 0.7, 1], mode: ["trilinear", "nearest"] }))),
  randZoom: onScans(fitting(() => operators.randZoom({ keys, prob: 0.5, minZoom: 0.5, maxZoom: 1.5 }))),
  invert: onScans(
    fitting(() => operators.compose(operators.flip({ keys }), operators.invert({ keys: "label", origKey: "image" }))),
  ),
};
