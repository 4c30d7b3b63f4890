import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { encodeNifti, writeNifti } from "voxrx";
import * as operators from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";
import type { OperatorCase } from "../operator.ts";
import { fitting, onScans, scans } from "./items.ts";

const folder = mkdtempSync(join(tmpdir(), "voxrx-operators-"));
const files = [0, 1, 2, 3].map((n) => join(folder, `${n}.nii`));
beforeAll(() => Promise.all(files.map((file, n) => writeNifti(ramp([1, 4, 5, 6], "int16", n), file))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const images = await Promise.all([0, 1, 2].map((n) => encodeNifti(ramp([1, 4, 5, 6], "int16", n))));
let written = 0;

/** Cases of operators/io. */
export const ioCases: Readonly<Record<string, OperatorCase>> = {
  load: { items: () => files, make: fitting(() => operators.load()), keepsIndex: true },
  decode: {
    items: () => images.map((bytes, n) => ({ name: `${n}.nii`, bytes: Uint8Array.from(bytes) })),
    make: fitting(() => operators.decode()),
    keepsIndex: true,
  },
  writeShards: {
    items: scans,
    make: fitting(() => operators.writeShards({ dir: join(folder, `shards-${written++}`), overwrite: true })),
    keepsIndex: false,
  },
  save: onScans(fitting(() => operators.save({ keys: "label", dir: join(folder, "saved"), subjectKey: "id" }))),
};
