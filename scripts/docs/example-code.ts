/** Turns the example of a docstring into a module that can be run and watched. */
import ts from "typescript";

/** A part of the code that is replaced. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * A module whose default export runs the example: what it declares comes from `$demo.declared`, its sources and the
 * operator in question from `$demo`, so that they can be watched.
 */
export function exampleModule(code: string, operator: string): string {
  const file = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ESNext, true);
  const imports = file.statements.filter(ts.isImportDeclaration);
  const others = file.statements.filter((statement) => !ts.isImportDeclaration(statement));
  const heads = imports.map((one) => importOf(one, operator)).join("\n");
  const value = (name: string, type: string) => `$demo.declared(${JSON.stringify(name)}, ${JSON.stringify(type)})`;
  const edits = others.flatMap((statement) => declaredEdit(statement, value));
  const from = imports.at(-1)?.end ?? 0;
  return `${heads}
export default async function ($demo: any) {
const Dataset = $demo.watchedDataset;
const ${operator} = $demo.watched($operator);
void Dataset;
${edited(code, edits, from)}
}
`;
}

function importOf(node: ts.ImportDeclaration, operator: string): string {
  const text = node.getText();
  const from = ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : "";
  if (from === "voxrx") return text.replace(/\bDataset\b/, "Dataset as $Dataset");
  if (from === "voxrx/operators") return text.replace(new RegExp(`\\b${operator}\\b`), `${operator} as $operator`);
  return text;
}

/** `declare const x: T` and `declare function f(...): T` become constants; `codeOf` gives the code of their values. */
export function declaredEdit(statement: ts.Statement, codeOf: (name: string, type: string) => string): Edit[] {
  const isDeclared =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some((one) => one.kind === ts.SyntaxKind.DeclareKeyword);
  if (!isDeclared) return [];
  const span = { from: statement.getStart(), to: statement.end };
  const value = (name: string, type: string) => `const ${name} = ${codeOf(name, type)};`;
  if (ts.isVariableStatement(statement)) {
    const [one] = statement.declarationList.declarations;
    return one ? [{ ...span, text: value(one.name.getText(), one.type?.getText() ?? "") }] : [];
  }
  if (ts.isFunctionDeclaration(statement) && statement.name)
    return [{ ...span, text: value(statement.name.text, `() => ${statement.type?.getText() ?? "void"}`) }];
  return [{ ...span, text: "" }];
}

/** The code from a place on, with edits in their order. */
export function edited(code: string, edits: readonly Edit[], from = 0): string {
  let [text, at] = ["", from];
  for (const edit of edits) {
    text += code.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return text + code.slice(at);
}
