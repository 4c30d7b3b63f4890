import { expect, test } from "vitest";
import { outputId } from "../../src/blocks/output-id.ts";
import { OutputLayout } from "../../src/blocks/output-layout.ts";
import { temporaryFolder } from "../support/folder.ts";

test("an output directory has one id, whoever asks for it first", async () => {
  await using folder = await temporaryFolder();
  const ids = await Promise.all(Array.from({ length: 8 }, () => outputId(new OutputLayout(folder.path))));
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
});
