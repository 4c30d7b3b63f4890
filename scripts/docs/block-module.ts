/** Turns a block of a page into a module that does what the block says, and takes an item from what it only composes. */
import ts from "typescript";
import { declaredEdit, type Edit, edited } from "./example-code.ts";

/** What a block is run with. */
export interface BlockSurroundings {
  /** The module that gives values to what is declared. */
  readonly values: string;
  /** What earlier blocks of the page export, and their files. */
  readonly exported: ReadonlyMap<string, string>;
  /** Name of the generated data for what is declared. */
  readonly scene: string;
}

/** The module's code. Its lines are those of the block, and one at the end. */
export function blockModule(code: string, { values, exported, scene }: BlockSurroundings): string {
  const file = ts.createSourceFile("block.ts", code, ts.ScriptTarget.ESNext, true);
  const least = leastSizeOf(file);
  const codeOf = (name: string, type: string) => {
    const from = exported.get(name);
    if (from !== undefined) return `(await import(${JSON.stringify(`./${from}`)})).${name}`;
    const same = /^typeof (\w+)$/.exec(type)?.[1];
    return same ?? `await $demo.declared(${JSON.stringify({ name, type, scene, least })})`;
  };
  const edits = file.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) return testEdit(statement, values);
    const declared = declaredEdit(statement, codeOf);
    return declared.length > 0 ? declared : pulledEdit(statement);
  });
  const names = file.statements.filter((one) => !isDeclared(one)).flatMap(constantsOf);
  const head = `import * as $demo from ${JSON.stringify(values)}; `;
  return `${head}${edited(code, edits)}\n${names.map((name) => `await $demo.pulled(${name}); `).join("")}await $demo.tested();\nexport {};\n`;
}

/** The names that a block exports. */
export function exportsOf(code: string): string[] {
  const file = ts.createSourceFile("block.ts", code, ts.ScriptTarget.ESNext, true);
  return file.statements.flatMap((statement) => {
    if (!hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isFunctionDeclaration(statement)) return statement.name ? [statement.name.text] : [];
    return constantsOf(statement);
  });
}

/** The operators that a block imports. */
export function operatorsOf(code: string): string[] {
  const file = ts.createSourceFile("block.ts", code, ts.ScriptTarget.ESNext, true);
  return file.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const names = statement.importClause?.namedBindings;
    if (statement.moduleSpecifier.text !== "voxrx/operators" || !names || !ts.isNamedImports(names)) return [];
    return names.elements.map(({ name }) => name.text);
  });
}

/** A block of tests fails with its first test that does. */
function testEdit({ moduleSpecifier }: ts.ImportDeclaration, values: string): Edit[] {
  if (!ts.isStringLiteral(moduleSpecifier) || moduleSpecifier.text !== "node:test") return [];
  return [{ from: moduleSpecifier.getStart(), to: moduleSpecifier.end, text: JSON.stringify(values) }];
}

/** An expression that stands for itself, such as `scans.pipe(...)`, is run: it gives an item. */
function pulledEdit(statement: ts.Statement): Edit[] {
  const isValue = ts.isExpressionStatement(statement) && !ts.isBinaryExpression(statement.expression);
  if (!isValue && !ts.isExportAssignment(statement)) return [];
  const { expression } = statement;
  const [from, to] = [expression.getStart(), expression.end];
  return [
    { from, to: from, text: "await $demo.pulled(" },
    { from: to, to, text: ")" },
  ];
}

function constantsOf(statement: ts.Statement): string[] {
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name }) => namesIn(name));
}

function namesIn(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []));
}

function isDeclared(statement: ts.Statement): boolean {
  return hasModifier(statement, ts.SyntaxKind.DeclareKeyword);
}

function hasModifier(statement: ts.Statement, kind: ts.SyntaxKind): boolean {
  return (
    ts.canHaveModifiers(statement) && (ts.getModifiers(statement)?.some((modifier) => modifier.kind === kind) ?? false)
  );
}

/** The largest size of a crop or patch that the block names: images must not be smaller. 0 for sizes that any image has. */
function leastSizeOf(file: ts.SourceFile): number {
  const sizes: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNumericLiteral(node)) sizes.push(Number(node.text));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return Math.max(0, ...sizes.filter((size) => size >= 60 && size <= 128));
}
