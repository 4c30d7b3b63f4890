import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { writeNifti } from "voxrx";
import * as operators from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";
import type { OperatorCase } from "../operator.ts";
import { fitting } from "./items.ts";

const folder = mkdtempSync(join(tmpdir(), "voxrx-operators-"));
const files = [0, 1, 2, 3].map((n) => join(folder, `${n}.nii`));
beforeAll(() => Promise.all(files.map((file, n) => writeNifti(ramp([1, 4, 5, 6], "int16", n), file))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Cases of operators/io. */
export const ioCases: Readonly<Record<string, OperatorCase>> = {
  load: { items: () => files, make: fitting(() => operators.load()), keepsIndex: true },
};
