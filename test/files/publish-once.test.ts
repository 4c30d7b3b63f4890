import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publishOnce } from "../../src/files/publish-once.ts";
import { temporaryFolder } from "../support/folder.ts";

test("of several that publish a file, one does, and nothing is left of the others", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "id");
  const texts = ["a", "b", "c", "d"];
  const published = await Promise.all(texts.map((text) => publishOnce(path, text)));
  expect(published.filter(Boolean)).toHaveLength(1);
  expect(await readFile(path, "utf8")).toBe(texts[published.indexOf(true)]);
  expect(await readdir(folder.path)).toEqual(["id"]);
});
