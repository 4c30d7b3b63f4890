import ts from "typescript";
import { expect, test } from "vitest";
import { filesIn } from "./tree.ts";

/** Errors of VoxRx that are made with a code and without a remedy. Those of options say what was expected instead. */
function withoutRemedy(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && /^(?!Option)\w+Error$/.test(node.expression.getText())) {
      const [code, , details] = node.arguments ?? [];
      const isOurs = code?.getText().includes("VOXRX_");
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      if (isOurs && !/\bremedy\b/.test(details?.getText() ?? "")) found.push(`${path}:${line + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test("every error says what to do", () => {
  const sources = filesIn(["src", "operators", "datasets", "cli"], /\.ts$/);
  expect(sources.flatMap(({ path, text }) => withoutRemedy(path, text))).toEqual([]);
  expect(withoutRemedy("a.ts", 'throw new FormatError("VOXRX_EMPTY_FILE", "no bytes", { file });')).toEqual(["a.ts:1"]);
  expect(withoutRemedy("a.ts", 'throw new FormatError("VOXRX_EMPTY_FILE", "no bytes", { remedy });')).toEqual([]);
});
