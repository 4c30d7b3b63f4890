/** What the frames of a file are, by the element that tells what changes from frame to frame (PS3.3, C.7.6.6). */
import type { DicomImage } from "./dicom-image.ts";
import { badElement, type Keyword, notation, tags } from "./tags.ts";

/** Numbers of each frame in nuclear medicine, other than that of its slice (PS3.3, C.8.4.8). */
const vectors = [
  "EnergyWindowVector",
  "DetectorVector",
  "PhaseVector",
  "RotationVector",
  "RRIntervalVector",
  "TimeSlotVector",
  "AngularViewVector",
  "TimeSliceVector",
] as const satisfies readonly Keyword[];

/** Times of frames. */
const times: readonly number[] = [tags.FrameTime, tags.FrameTimeVector];

/**
 * Number of slices of each volume in a file whose frames have no positions of their own: all frames, or fewer if other
 * things than the slice change, such as time slots, energy windows or projections. The frames of a volume follow each
 * other.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` if the frames are in another order
 */
export function slicesOfFrames({ file, storedFrames }: DicomImage): number {
  const { dataset, path } = file;
  const pointers = dataset.tagsIn("FrameIncrementPointer");
  const read = (keyword: Keyword) =>
    pointers.includes(tags[keyword]) ? dataset.shorts(keyword, storedFrames) : undefined;
  const changing = vectors.flatMap((keyword) => {
    const numbers = read(keyword);
    return numbers && new Set(numbers).size > 1 ? [numbers] : [];
  });
  const slices = read("SliceVector");
  if (changing.length === 0) {
    const isInTime = pointers.some((tag) => times.includes(tag));
    return isInTime && !slices && dataset.text("ImagePositionPatient") !== undefined ? 1 : storedFrames;
  }
  if (!slices) return 1;
  const depth = new Set(slices).size;
  const isInOrder = slices.every((slice, frame) => {
    const start = frame - (frame % depth);
    return slice === (frame % depth) + 1 && changing.every((numbers) => numbers[frame] === numbers[start]);
  });
  if (isInOrder && storedFrames % depth === 0) return depth;
  const names = pointers.map(notation).join(", ");
  throw badElement("FrameIncrementPointer", `is ${names}, but the frames of a volume do not follow each other`, path);
}
