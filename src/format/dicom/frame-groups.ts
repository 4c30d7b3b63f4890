import type { DicomImage } from "./dicom-image.ts";
import type { DicomDataset } from "./element-values.ts";

interface Groups {
  readonly shared: readonly DicomDataset[];
  readonly each: readonly DicomDataset[];
}

const known = new WeakMap<DicomImage, Groups>();

/**
 * Where the facts of a frame are, the closest first: its functional groups, those of all frames (PS3.3, C.7.6.16), and
 * the file itself.
 */
export function frameGroups(image: DicomImage, frame: number): readonly DicomDataset[] {
  const { dataset } = image.file;
  const groups = known.get(image) ?? {
    shared: dataset.items("SharedFunctionalGroupsSequence").slice(0, 1),
    each: dataset.items("PerFrameFunctionalGroupsSequence"),
  };
  known.set(image, groups);
  return [...groups.each.slice(frame, frame + 1), ...groups.shared, dataset];
}
