/** Leaves out files of a series that are copies of others. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { fileFault } from "../../files/image-file.ts";
import { whenFileFree } from "../../files/when-file-free.ts";
import { warn } from "../../warnings.ts";
import type { DicomImage } from "./dicom-image.ts";
import { fileName, someOf } from "./slice.ts";

/** The images without the copies, and messages about these. */
export interface WithoutCopies {
  readonly images: readonly DicomImage[];
  readonly warnings: readonly string[];
}

/**
 * Keeps one of the files that have the same SOP Instance UID and the same bytes. Files that share only the UID are all
 * kept: whether they are different slices is told by their positions. What was left out is reported by the warning
 * `VOXRX_DUPLICATE_FILES`.
 *
 * @param dir of the series, for the warning
 */
export async function dropCopies(
  images: readonly DicomImage[],
  dir: string,
  signal: AbortSignal | undefined,
): Promise<WithoutCopies> {
  const alike = new Map<string, DicomImage[]>();
  for (const image of images) {
    const { dataset, size } = image.file;
    const uid = dataset.text("SOPInstanceUID");
    const id = uid === undefined ? undefined : `${uid} ${size}`;
    if (id !== undefined) alike.set(id, [...(alike.get(id) ?? []), image]);
  }
  const copies = new Map<DicomImage, DicomImage>();
  for (const group of alike.values()) {
    if (group.length < 2) continue;
    const known = new Map<string, DicomImage>();
    for (const image of group) {
      const digest = await digestOf(image.file.path, signal);
      const first = known.get(digest);
      if (first) copies.set(image, first);
      else known.set(digest, image);
    }
  }
  if (copies.size === 0) return { images, warnings: [] };
  const names = [...copies].map(([copy, kept]) => `${fileName(copy.file.path)} of ${fileName(kept.file.path)}`);
  const message = `files of the series are copies and were left out: ${someOf(names)}`;
  warn({ code: "VOXRX_DUPLICATE_FILES", message: `${dir}: ${message}` });
  return { images: images.filter((image) => !copies.has(image)), warnings: [message] };
}

async function digestOf(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  try {
    const handle = await whenFileFree(() => open(path), signal);
    for await (const part of handle.createReadStream(signal ? { signal: AbortSignal.any([signal]) } : {}))
      hash.update(part);
  } catch (cause) {
    signal?.throwIfAborted();
    throw fileFault(cause, path);
  }
  return hash.digest("hex");
}
