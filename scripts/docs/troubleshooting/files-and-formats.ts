/** What docs/errors.md says about files that are read. */
import { gzipSync } from "node:zlib";
import { Dataset, readVolume } from "voxrx";
import * as op from "voxrx/operators";
import { sliceFile } from "../../../test/support/dicom-slices.ts";
import { type NiftiFile, niftiFile } from "../../../test/support/nifti-file.ts";
import type { Advice, Code, Place } from "./advice.ts";

const image: NiftiFile = { type: "int16", dims: [4, 4, 4], values: new Array<number>(64).fill(0) };

/** Loads a file with these bytes, as a pipeline does. */
async function loading(place: Place, name: string, content: string | Uint8Array) {
  const path = await place.file(name, content);
  return Dataset.from([{ image: path }])
    .pipe(op.load(["image"]))
    .toArray();
}

/** A NIfTI file whose header has another 16-bit integer at a place. */
function withInteger(at: number, value: number): Buffer {
  const file = Buffer.from(niftiFile(image).single);
  file.writeInt16LE(value, at);
  return file;
}

/** Writes DICOM slices; the series of each is the last part of its UID. */
async function writeSlices(place: Place, slices: readonly { z: number; series?: string }[]): Promise<void> {
  for (const [n, { z, series = "1.2.3" }] of slices.entries()) {
    await place.file(`scan/${n}.dcm`, sliceFile({ z, value: n, more: [[0x0020000e, "UI", series]] }));
  }
}

/** Codes of files that can't be read as images. */
export const filesAndFormats = {
  VOXRX_FILE_MISSING: {
    when: [
      "The path of an item leads nowhere. Relative paths count from the working directory of the process, not from the file that lists them; `load` has the option `dir` for that.",
      "The data is on a share or in a container that is not mounted.",
      "One file of a pair (`.hdr` and `.img`), or the index file of a shard, is not there; a link of git-annex or DataLad leads to content that was not fetched.",
      "A dataset such as `decathlon` finds neither its directory nor its archive, and `download: true` is not set.",
    ],
    remedies: [
      "Compare the path in the message with `ls`. `error.cause` is the system's own error.",
      "With git-annex or DataLad, run `datalad get DIR` first.",
      "Run `voxrx check DIR`: it lists all missing files at once.",
    ],
    provoke: () =>
      Dataset.from([{ image: "/data/scans/001.nii.gz" }])
        .pipe(op.load(["image"]))
        .toArray(),
  },
  VOXRX_FILE_UNREADABLE: {
    when: [
      "This user may not read the file, or a network share reports an error.",
      "The path is a directory, a pipe or a device. (`load` reads a directory only if it has DICOM files.)",
      "The process has too many files open.",
      "A name is not UTF-8; links between directories lead in a circle; a file changed while `voxrx lock` read it.",
    ],
    remedies: [
      "`ls -l FILE` and `head -c 100 FILE` as the same user. In a container, check the user id and the mount.",
      "Too many open files: raise `ulimit -n`, or lower `concurrency`.",
    ],
    provoke: () => readVolume("/dev/null"),
  },
  VOXRX_EMPTY_FILE: {
    when: ["A file of 0 bytes: a copy or download that was interrupted, or a disk that was full when it was written."],
    remedies: [
      "Copy or download it again. `find DIR -size 0` lists all such files.",
      "To train without it, put `onError({ skip: true })` after the cache, best right before `batch`: what is above it is not cached.",
    ],
    provoke: (place) => loading(place, "scans/001.nii.gz", ""),
  },
  VOXRX_TRUNCATED_FILE: {
    when: [
      "A copy, download or export was interrupted: the file ends before its header, its samples or its gzip stream do.",
      "Another program is still writing the file.",
    ],
    remedies: [
      "Copy or download it again, and compare its size or checksum with the original. `gzip -t FILE` tests a `.gz`.",
      "`voxrx check DIR` reads every file to its end and lists all that are cut off.",
    ],
    provoke: (place) => loading(place, "scans/001.nii", niftiFile(image).single.subarray(0, 400)),
  },
  VOXRX_UNKNOWN_FORMAT: {
    when: [
      "The file is not an image: a web page or a Git LFS pointer that was saved under this name, a `.csv` or `.json` in the wrong column.",
      "The format is not among [those that are read](formats.md), or is one of your own that was not registered in this process.",
      "Only one of two files was given as bytes, where header and samples are stored separately.",
    ],
    remedies: [
      "`head -c 200 FILE` shows what it is: `version https://git-lfs` needs `git lfs pull`, `<!DOCTYPE html>` another download.",
      "Convert it (dcm2niix, SimpleITK), or [write a format](write-your-own.md#a-format) and call `registerFormat` before the pipeline runs.",
    ],
    provoke: (place) =>
      loading(place, "scans/001.nii", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n"),
  },
  VOXRX_BAD_HEADER: {
    when: [
      "The header contradicts itself or its format: sizes that are 0 or negative, two values for one field, text where a number belongs. The message names the field.",
      "The file is damaged at its beginning, or a program wrote it wrongly.",
      "`.npz` with several arrays, and the path does not say which; an array that is not an image.",
    ],
    remedies: [
      "`voxrx info FILE` shows the header as far as it can be read.",
      "Read the file with the program that wrote it and write it again, or correct the named field (`nifti_tool`, `dcmodify`, a text editor for `.nrrd` and `.mha`).",
    ],
    provoke: (place) => loading(place, "scans/001.nii", withInteger(42, -4)),
  },
  VOXRX_BAD_COMPRESSION: {
    when: [
      "Bytes inside a `.gz`, or in the compressed pixels of a DICOM file, are damaged: a bad disk, a transfer in text mode, an interrupted download that was continued wrongly.",
    ],
    remedies: ["`gzip -t FILE` says the same of a `.gz`. Copy or download it again, and compare checksums."],
    provoke: (place) => {
      const bytes = gzipSync(niftiFile(image).single);
      return loading(place, "scans/001.nii.gz", bytes.fill(0xff, 20, 40));
    },
  },
  VOXRX_BAD_AFFINE: {
    when: [
      "The affine of a file has zeros, parallel axes or NaN, so that nothing can be resampled by it. The message has its numbers.",
      "A volume was made in code with such an affine; `affine` or `randAffine` got shears that make axes parallel.",
    ],
    remedies: [
      "Correct the header: for NIfTI sform and qform, or set both codes to 0, and the voxel sizes count.",
      "In code: `volume.withAffine(...)` with a valid one, before anything resamples.",
    ],
    provoke: (place) =>
      loading(
        place,
        "scans/001.nii",
        niftiFile({ ...image, sformCode: 1, srow: [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] }).single,
      ),
  },
  VOXRX_UNSUPPORTED_DTYPE: {
    when: [
      "The samples have a type that is not read: NIfTI types that are not in the standard, 64-bit pixels in DICOM, records or strings in `.npy`, signed TIFF.",
    ],
    remedies: [
      "Convert the file to int16, uint16 or float32, with the program that the message names. [Formats](formats.md) lists all types that are read.",
    ],
    provoke: (place) => loading(place, "scans/001.nii", withInteger(70, 1)),
  },
  VOXRX_UNSUPPORTED_ENCODING: {
    when: [
      "DICOM with a transfer syntax that is not read, video for example, or pixels that are not encoded as the file says.",
      "NRRD with bzip2, TIFF with colors that are not gray or RGB, PNG with unknown chunks.",
    ],
    remedies: [
      "Convert the file: for DICOM `dcmdjpeg`, `gdcmconv --raw` or `dcm2niix`; NRRD with encoding gzip or raw.",
    ],
    provoke: (place) =>
      loading(place, "scans/001.nrrd", "NRRD0004\ntype: short\ndimension: 3\nsizes: 2 2 2\nencoding: bzip2\n\nBZh9"),
  },
  VOXRX_SEVERAL_SERIES: {
    when: [
      "`load` or `readVolume` was given a directory with the DICOM files of more than one series, such as a localizer beside the scan, or the export of a whole study.",
    ],
    remedies: [
      "Use the dataset `dicomFolder(DIR)`: it has an item for each series, which `load` reads.",
      "Or choose one by its UID, which the message lists.",
    ],
    code: `import { dicomFolder } from "voxrx/datasets";
import { filter, load } from "voxrx/operators";
const scans = dicomFolder("export").pipe(
  filter(({ description = "" }) => description.includes("T1")),
  load(["image"]),
);`,
    provoke: async (place) => {
      await writeSlices(place, [{ z: 0 }, { z: 0, series: "1.2.4" }]);
      await readVolume(`${place.dir}/scan`);
    },
  },
  VOXRX_BAD_SERIES: {
    when: [
      "The files of a DICOM series do not make one volume: slices are missing, lie at the same position, have different sizes or directions, or the gaps between them differ.",
      "The series has several volumes in one, such as echoes, times or b-values.",
    ],
    remedies: [
      'Missing slices: copy the series again. If the gap is meant to be there, `readDicomSeries(dir, { gaps: "warn" })` accepts it, and notes it in `meta.warnings`: see [DICOM](formats.md#dicom).',
      'Several volumes: name what tells them apart with `volumeBy`, such as `"EchoTime"`.',
    ],
    code: `import { readDicomSeries } from "voxrx";
const echoes = await readDicomSeries("export/t2", { volumeBy: "EchoTime" });
console.log(echoes.shape); // one channel for each echo`,
    provoke: async (place) => {
      await writeSlices(place, [{ z: 0 }, { z: 1 }, { z: 2 }, { z: 5 }]);
      await readVolume(`${place.dir}/scan`);
    },
  },
  VOXRX_MISSING_LIBRARY: {
    when: [
      "A file or a function needs a library that VoxRx does not install by itself: `sharp` for JPEG, TIFF, WebP and animations, `@itk-wasm/image-io` for compressed DICOM, `bullmq` and `ioredis` for `--queue`, `@opentelemetry/api` for `openTelemetry`.",
      "It is installed, but for another platform: `node_modules` was copied from another machine or out of a container.",
    ],
    remedies: [
      "Run the `npm install` of the message, in the project that runs the pipeline. `error.cause` says why loading failed.",
      "`voxrx doctor` lists which of them load.",
    ],
    printed:
      'FormatError: JPEG, TIFF and WebP images need the library sharp (operator load, item "0", file /data/scans/001.jpg). Install it: npm install sharp',
  },
  VOXRX_SURPLUS_DATA: {
    when: [
      "A MetaImage (`.mha`, `.mhd`) or DICOM file has more samples than its header announces. The first ones were read, as other readers do. (NRRD is refused; NIfTI and MGH may have anything after the samples.)",
      "Often the sizes in the header are wrong, such as those of one volume of a time series.",
    ],
    remedies: [
      "Compare `voxrx info FILE` with the size of the file. If the image looks right (`voxrx show FILE`), write the file again and the warning stops.",
    ],
    provoke: async (place) => {
      const header = "NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n";
      const [scan] = await loading(place, "scans/001.mha", header + "x".repeat(16));
      return scan?.image.samples;
    },
  },
  VOXRX_DUPLICATE_FILES: {
    when: [
      "A directory with a DICOM series has files that are the same byte by byte, such as `IM1` and `IM1 (1)`. Each is read once.",
    ],
    remedies: ["Nothing has to be done. Remove the copies, and the warning stops."],
    provoke: async (place) => {
      const first = sliceFile({ z: 0, value: 0, more: [[0x00080018, "UI", "1.2.3.1"]] });
      await place.file("scan/IM1", first);
      await place.file("scan/IM1 (1)", first);
      await place.file("scan/IM2", sliceFile({ z: 1, value: 1, more: [[0x00080018, "UI", "1.2.3.2"]] }));
      await readVolume(`${place.dir}/scan`);
    },
  },
} satisfies Partial<Record<Code, Advice>>;
