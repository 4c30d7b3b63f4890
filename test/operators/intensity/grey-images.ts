import { Volume } from "voxrx";
import { ramp } from "../../support/volumes.ts";

/** Images of several element types, one a view, one with zeros and what is not a number. */
export const greyImages = () => [
  ramp([2, 6, 5, 4], "int16", -50),
  ramp([2, 5, 6, 4], "uint8", 100).flip([1]).permute([1, 0, 2]),
  ramp([2, 6, 5, 4], "float64", -7.3),
  new Volume({
    data: Float32Array.from({ length: 120 }, (_, n) => (n % 7 === 0 ? 0 : Math.sin(n) * 40)).fill(Number.NaN, 50, 52),
    shape: [1, 6, 5, 4],
  }),
];
/** The same, each with a mask. */
export const maskedScans = () => greyImages().map((image) => ({ image, mask: ramp([1, 6, 5, 4], "uint8", 1) }));
