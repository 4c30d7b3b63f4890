/** What docs/errors.md says about lists of items, and files that are written. */
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Dataset, saveImage } from "voxrx";
import { datalist, dicomFolder, imageFolder, sections } from "voxrx/datasets";
import * as op from "voxrx/operators";
import { checkPlatform } from "../../../src/files/check-platform.ts";
import { sliceFile } from "../../../test/support/dicom-slices.ts";
import { ramp } from "../../../test/support/volumes.ts";
import type { Advice, Code } from "./advice.ts";

/** Codes of directories, tables and lists, and of results that can't be written. */
export const listsAndResults = {
  VOXRX_BAD_DATALIST: {
    when: [
      "A list of items can't be used: `dataset.json` of a Decathlon task or of MONAI, a table for `csv`, the `.json` or `.tsv` beside the images of a BIDS study.",
      "It is not JSON, misses the section that was asked for, a row has another number of cells, a column can't be converted to its type, or the encoding is not UTF-8.",
      "An item names a file outside of the directory of the list; such a list is not trusted.",
    ],
    remedies: [
      "The message has the line, row or item. Correct the file there.",
      'For tables from a spreadsheet, set `delimiter: ";"` or `encoding: "windows-1252"`.',
      'For a list of MONAI, give the section: `datalist(file, { section: "validation" })`.',
    ],
    provoke: async ({ file }) =>
      datalist(await file("dataset.json", '{ "training": [{ "image": 7 }] }'), { section: "validation" }).ready(),
  },
  VOXRX_EMPTY_FOLDER: {
    when: [
      "A directory has no image that matches: it is empty, not mounted, one level too high or too low, or its files have other extensions.",
      "The options leave out everything: `suffix` or `subjects` of `bids`, `modality` or `minFiles` of `dicomFolder`, a UID that no series has.",
    ],
    remedies: [
      "`voxrx info DIR` says what the directory is taken for and what is in it.",
      "Leave out options until items come.",
    ],
    provoke: async ({ dir }) => {
      await mkdir(join(dir, "images"));
      await imageFolder(join(dir, "images")).ready();
    },
  },
  VOXRX_BAD_MANIFEST: {
    when: [
      "The file given to `sections` as `manifest`, which keeps a split, is damaged, or belongs to other items than those that are there now.",
      "`manifest.json` in the output of `voxrx run --out` is damaged, or was written by a later version.",
    ],
    remedies: [
      "Restore the items that the split was made from; the message says which are missing or new.",
      "If the items are meant to be others, remove the manifest. The next run makes a new split, and items may change sides.",
    ],
    provoke: async ({ file }) => {
      const manifest = await file("split.json", "{}");
      await sections(Dataset.from(["a.nii", "b.nii"]), { rule: "mednist", manifest }).training.ready();
    },
  },
  VOXRX_WRITE_FAILED: {
    when: [
      "`save`, `saveImage`, `writeShards` or `figure.save` could not write: the directory does not exist or is not writable, the disk has an error, or another run writes there.",
      "The extension is not one that is written, or the volume does not fit into the format: too many channels for PNG, floats without a `range`.",
      "`voxrx convert` or another command: the file exists already.",
    ],
    remedies: [
      "Create the directory, or choose another; on the command line give `--force` to replace files.",
      "Choose `.nii.gz`, which takes every volume of three axes; for PNG give `range: [low, high]`.",
      "No partial file is left behind: run again.",
    ],
    provoke: ({ dir }) => saveImage(ramp([1, 2, 2]), join(dir, "slice.png")),
  },
  VOXRX_PATH_COLLISION: {
    when: [
      "`save` would write two items of a run to one path: `subjectKey` has the same value in both, or the sources have the same base name in different directories.",
      "The result would replace the file it was made from, or a file that another run wrote meanwhile.",
    ],
    remedies: [
      "Give `save` a `subjectKey` that is different for each item, or `sourceDir`, which keeps the directories of the sources.",
      "Give each `save` and each run a `postfix` or `dir` of its own.",
    ],
    code: `import { Dataset } from "voxrx";
import { load, save } from "voxrx/operators";
Dataset.from([{ image: "scans/a/t1.nii.gz" }, { image: "scans/b/t1.nii.gz" }]).pipe(
  load(["image"]),
  save({ keys: "image", dir: "results", sourceDir: "scans" }), // results/a/t1…, results/b/t1…
);`,
    provoke: ({ dir }) =>
      Dataset.from(
        ["a", "b"].map((subject) => ({ subject, project: "brats", image: ramp([1, 2, 2, 2]) })),
        { id: ({ subject }) => subject },
      )
        .pipe(op.save({ keys: "image", dir, subjectKey: "project" }))
        .toArray(),
  },
  VOXRX_UNSUPPORTED_PLATFORM: {
    when: ["Something was to be written, cached or downloaded on Windows. Reading images works there."],
    remedies: [
      "Run it in the Windows Subsystem for Linux (WSL), with the data inside of it: see [platforms](platforms.md).",
    ],
    provoke: () => {
      const { platform } = process;
      try {
        Object.defineProperty(process, "platform", { value: "win32" });
        checkPlatform();
      } finally {
        Object.defineProperty(process, "platform", { value: platform });
      }
    },
  },
  VOXRX_EMPTY_CLASS: {
    when: [
      "`imageFolder`: a directory of a class has no image. Classes are numbered by all directories, so the labels of the others stay as they are.",
    ],
    remedies: [
      "Remove a directory that is not a class (the numbers of those after it then change), or put its images in.",
    ],
    provoke: async ({ dir, file }) => {
      await file("photos/cat/1.png", "");
      await mkdir(join(dir, "photos", "dog"));
      await imageFolder(join(dir, "photos")).ready();
    },
  },
  VOXRX_BROKEN_LINK: {
    when: [
      "`dicomFolder`: a link below the directory leads nowhere, as in a clone of git-annex or DataLad whose content was not fetched. It may be a slice, so a series may be incomplete.",
    ],
    remedies: ["Fetch what it leads to (`datalad get DIR`, `git annex get DIR`), or remove the link."],
    provoke: async ({ dir, file }) => {
      await file("export/1.dcm", sliceFile({ z: 0, value: 0 }));
      await symlink("../annex/2.dcm", join(dir, "export", "2.dcm"));
      await dicomFolder(join(dir, "export")).ready();
    },
  },
} satisfies Partial<Record<Code, Advice>>;
