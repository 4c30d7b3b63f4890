/** What is written below the images of a picture: facts that differ between them. */
import type { Volume } from "voxrx";
import { isLabel } from "./item-layers.ts";
import { rangeOf, shortNumber, spacingText } from "./item-values.ts";

/** An item of a picture, with its name. */
export interface Side {
  readonly name: string;
  readonly item: unknown;
}

interface Captioned {
  readonly side: Side;
  readonly volume: Volume | undefined;
  readonly label: Volume | undefined;
}

/** For each image its name, and the facts in which the images differ. */
export function captionsOf(images: readonly Captioned[]): string[][] {
  const differs = (fact: (volume: Volume) => string) =>
    new Set(images.map(({ volume }) => (volume ? fact(volume) : ""))).size > 1;
  const facts: readonly ((volume: Volume) => string)[] = [
    (volume) => `${volume.channels > 1 ? `${volume.channels} × ` : ""}${volume.spatialShape.join(" × ")}`,
    spacingText,
    ({ axcodes }) => axcodes,
    ({ dtype }) => dtype,
    // The values of a part of an image are no news.
    ...(differs(({ spatialShape }) => String(spatialShape)) ? [] : [valueTextOf]),
  ];
  const shown = facts.filter(differs);
  const labelTexts = images.map(({ label, volume }) =>
    label && label !== volume ? `label ${valueTextOf(label)}` : "",
  );
  const areLabelsAlike = facts.length < 5 || new Set(labelTexts).size === 1;
  return images.map(({ side, volume }, n) => [
    side.name,
    ...shown.map((fact) => (volume ? fact(volume) : "")),
    ...(areLabelsAlike ? [] : [labelTexts[n] ?? ""]),
  ]);
}

function valueTextOf(volume: Volume): string {
  const [low, high] = rangeOf(volume);
  if (!isLabel(volume)) return `${shortNumber(low)} to ${shortNumber(high)}`;
  const values = [...new Set(volume.samples)].sort((a, b) => a - b);
  return `values ${values.join(", ")}`;
}
