import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { lmdbStore, readVolume, saveImage } from "voxrx";
import { temporaryFolder } from "../support/folder.ts";
import { ramp } from "../support/volumes.ts";

const own = process.platform;
afterEach(() => Object.defineProperty(process, "platform", { value: own }));

test("on Windows nothing is written or locked, and an error says what to do; reading works", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.nii");
  await saveImage(ramp([1, 2, 2, 2]), path);
  Object.defineProperty(process, "platform", { value: "win32" });
  const refusal = { code: "VOXRX_UNSUPPORTED_PLATFORM", remedy: expect.stringContaining("WSL") };
  expect((await readVolume(path)).shape).toEqual([1, 2, 2, 2]);
  await expect(saveImage(ramp([1, 2, 2, 2]), join(folder.path, "b.nii"))).rejects.toMatchObject(refusal);
  const store = lmdbStore(join(folder.path, "cache"));
  const compute = async () => ({ value: 1, files: [] });
  await expect(store.getOrCompute({ id: "a", compute })).rejects.toMatchObject(refusal);
  expect(await readdir(folder.path)).not.toContain("b.nii");
});
