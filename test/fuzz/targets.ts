/** Every parser of the project, with the inputs that are tried. */
import type { Target } from "./target.ts";
import { archiveTargets } from "./targets/archives.ts";
import { arrayTargets } from "./targets/arrays.ts";
import { dicomTargets } from "./targets/dicom.ts";
import { httpTargets } from "./targets/http.ts";
import { niftiTargets } from "./targets/nifti.ts";
import { rasterTargets } from "./targets/raster.ts";
import { storeTargets } from "./targets/stores.ts";
import { tableTargets } from "./targets/tables.ts";
import { textHeaderTargets } from "./targets/text-headers.ts";
import { wordTargets } from "./targets/words.ts";

export const targets: readonly Target[] = [
  ...niftiTargets,
  ...textHeaderTargets,
  ...arrayTargets,
  ...rasterTargets,
  ...dicomTargets,
  ...archiveTargets,
  ...tableTargets,
  ...wordTargets,
  ...storeTargets,
  ...httpTargets,
];
