/** The options of an operator: name, type, default and meaning, from its interface. */
import ts from "typescript";
import { type DocText, docTextOf } from "./doc-text.ts";

/** One option. */
export interface OptionRow {
  readonly name: string;
  readonly type: string;
  /** What names in the type stand for, if that is a few literals. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly isOptional: boolean;
  /** As the docstring says it; undefined if it does not. */
  readonly default: string | undefined;
  readonly doc: DocText;
}

/** Longest text of a type whose alias is written out. */
const longest = 110;

/** The options of an operator, with those that its interface inherits. */
export function optionRows(declaration: ts.Declaration, checker: ts.TypeChecker): OptionRow[] {
  const node = optionsNode(declaration);
  if (!node) return [];
  return checker
    .getTypeAtLocation(node)
    .getProperties()
    .filter(
      (property) =>
        !property.declarations?.some((one) => /[/\\]lib\.[^/\\]*\.d\.ts$/.test(one.getSourceFile().fileName)),
    )
    .map((property) => rowOf(property, node, checker));
}

/** Where the type of the options is named: as a type argument of the declaration, or as that of a parameter. */
function optionsNode(declaration: ts.Declaration): ts.Node | undefined {
  if (ts.isFunctionDeclaration(declaration)) {
    return declaration.parameters.find(({ type }) => type && /(Options|ForRank|Settings)\b/.test(type.getText()))?.type;
  }
  if (!ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
  const call = declaration.initializer;
  const inner = ts.isCallExpression(call) ? call.expression : call;
  const [first] = (ts.isCallExpression(inner) && inner.typeArguments) || [];
  return first ?? namedOptions(declaration);
}

/** The interface of the file that is named after the operator. */
function namedOptions({ name, ...rest }: ts.VariableDeclaration): ts.Node | undefined {
  const file = ts.findAncestor(rest.parent, ts.isSourceFile);
  const wanted = `${name.getText()}Options`.toLowerCase();
  return file?.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text.toLowerCase() === wanted);
}

function rowOf(property: ts.Symbol, node: ts.Node, checker: ts.TypeChecker): OptionRow {
  const type = checker.getTypeOfSymbolAtLocation(property, node);
  const doc = docTextOf(property.getDocumentationComment(checker));
  return {
    name: property.name,
    type: typeText(property, type, checker),
    aliases: aliasesIn(property, checker),
    isOptional: (property.flags & ts.SymbolFlags.Optional) !== 0,
    default: defaultIn(doc),
    doc,
  };
}

/** The type as the interface has it; names of short unions are written out. */
function typeText(property: ts.Symbol, type: ts.Type, checker: ts.TypeChecker): string {
  const [declaration] = property.declarations ?? [];
  const node = declaration && ts.isPropertySignature(declaration) ? declaration.type : undefined;
  const written = node?.getText().replace(/\s+/g, " ");
  const { NoTruncation, InTypeAlias, UseSingleQuotesForStringLiteralType: single } = ts.TypeFormatFlags;
  const known = checker.typeToString(
    checker.getNonNullableType(type),
    undefined,
    NoTruncation | (InTypeAlias & ~single),
  );
  const isReadable = !/[{}]|=>|import\(|\.\.\./.test(known) && known.length <= longest;
  const hasName = written !== undefined && /\b[A-Z]\w+/.test(written);
  if (written !== undefined && !(hasName && isReadable)) return written;
  return known;
}

/** The names in a type that stand for literals. */
function aliasesIn(property: ts.Symbol, checker: ts.TypeChecker): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    const type = ts.isTypeReferenceNode(node) && !node.typeArguments ? checker.getTypeAtLocation(node) : undefined;
    const members = type?.isUnion() ? type.types : [];
    if (members.length > 1 && members.every((member) => member.isLiteral())) {
      found.set(node.getText(), members.map((member) => checker.typeToString(member)).join(" | "));
    }
    ts.forEachChild(node, visit);
  };
  const [declaration] = property.declarations ?? [];
  if (declaration && ts.isPropertySignature(declaration) && declaration.type) visit(declaration.type);
  return found;
}

function defaultIn(doc: DocText): string | undefined {
  const line = doc.replaceAll("\n", " ");
  const found = /\bDefault:? (`[^`]*`|[^.;:]*(?:\.\d[^.;:]*)*)/.exec(line) ?? /(`[^`]*`) \(default\b/.exec(line);
  return found?.[1]?.trim().replace(/^`([^`]*)`$/, "$1") || undefined;
}
