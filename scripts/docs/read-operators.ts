/** Reads every exported operator from the sources: what its docstring says, and what its options are. */
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { type DocText, docTextOf } from "./doc-text.ts";
import { type OptionRow, optionRows } from "./option-rows.ts";

/** The top directory of the project. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A parameter of an operator's factory. */
interface Parameter {
  readonly name: string;
  readonly type: string;
}

/** An operator as its source describes it. */
export interface OperatorSource {
  readonly name: string;
  /** The directory of `operators/` that it is in. */
  readonly kind: string;
  /** Path of its file, from the top directory. */
  readonly path: string;
  readonly doc: DocText;
  /** The code of its docstring's example; undefined if it has none. */
  readonly example: string | undefined;
  /** What it throws, one text for each `@throws`. */
  readonly throws: readonly DocText[];
  /** Parameters of a factory that takes more than an object of options. */
  readonly parameters: readonly Parameter[];
  readonly options: readonly OptionRow[];
}

/** Compiles the sources and reads the operators that a module exports: all functions, by name. */
export function readOperators(entry = join(root, "operators", "index.ts")): OperatorSource[] {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root);
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new Error(`${entry} can't be read`);
  const exported = checker.getExportsOfModule(module).map((symbol) => resolved(symbol, checker));
  const values = exported.filter((symbol) => (symbol.flags & ts.SymbolFlags.Value) !== 0);
  return values
    .map((symbol) => operatorOf(symbol, checker))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function resolved(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
}

function operatorOf(symbol: ts.Symbol, checker: ts.TypeChecker): OperatorSource {
  const declaration = symbol.declarations?.[0];
  if (!declaration) throw new Error(`${symbol.name} has no declaration`);
  const path = relative(root, declaration.getSourceFile().fileName).split(sep).join("/");
  const tags = symbol.getJsDocTags(checker);
  const texts = (name: string) => tags.filter((tag) => tag.name === name).map((tag) => tag.text ?? []);
  const example = texts("example")[0];
  const code = example && /```ts\n([\s\S]*?)```/.exec(ts.displayPartsToString(example))?.[1];
  return {
    name: symbol.name,
    kind: basename(dirname(path)),
    path,
    doc: docTextOf(symbol.getDocumentationComment(checker)),
    example: code?.trimEnd(),
    throws: texts("throws").map(docTextOf),
    parameters: parametersOf(declaration),
    options: optionRows(declaration, checker),
  };
}

/** Parameters of a factory declared as a function: those of its first overload. */
function parametersOf(declaration: ts.Declaration): Parameter[] {
  if (!ts.isFunctionDeclaration(declaration)) return [];
  return declaration.parameters.map((parameter) => ({
    name: `${parameter.dotDotDotToken ? "..." : ""}${parameter.name.getText()}`,
    type: (parameter.type?.getText() ?? "unknown").replace(/\s+/g, " "),
  }));
}
