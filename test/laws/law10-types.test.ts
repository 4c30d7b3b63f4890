import { readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { root } from "../project/tree.ts";

test("law 10: types carry the record, and a wrong key is a compile error", { timeout: 120_000 }, () => {
  const folder = join(root, "test", "types");
  const files = readdirSync(folder).map((name) => join(folder, name));
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root);
  const faults = ts.getPreEmitDiagnostics(ts.createProgram(files, options)).map((diagnostic) => {
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
    return `${diagnostic.file?.fileName}:${line + 1} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, " ")}`;
  });
  expect(faults).toEqual([]);
  expect(files.length).toBeGreaterThan(0);
});
