/** TypeScript's language service over small files that exist in memory only: what an editor would say of them. */
import { join } from "node:path";
import ts from "typescript";
import { root } from "../project/tree.ts";

/** What an editor knows of some files. */
export interface TypeService {
  /** Errors of a file: the text that is underlined, and the message on one line. */
  faults(name: string): readonly string[];
  /** What an editor offers at the {@link mark} of a file. */
  completions(name: string): readonly string[];
}

// What all services of a process read, the library and the types it is made of, is parsed and bound once.
const parsedFiles = ts.createDocumentRegistry(ts.sys.useCaseSensitiveFileNames, root);
let settings: ts.CompilerOptions | undefined;

function compilerOptions(): ts.CompilerOptions {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root);
  return { ...options, noUnusedLocals: false, noUnusedParameters: false };
}

/** A service over files by name. Existing files may be named without text. */
export function typeService(files: Readonly<Record<string, string>>, existing: readonly string[] = []): TypeService {
  const paths = new Map(Object.entries(files).map(([name, text]) => [pathOf(name), text]));
  const options = (settings ??= compilerOptions());
  const textOf = (path: string) => paths.get(path) ?? ts.sys.readFile(path);
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => options,
    getScriptFileNames: () => [...paths.keys(), ...existing],
    // Files in memory of two services may have the same name.
    getScriptVersion: (path) => paths.get(path) ?? "",
    getScriptSnapshot: (path) => {
      const text = textOf(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => paths.has(path) || ts.sys.fileExists(path),
    readFile: textOf,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    ...(ts.sys.realpath ? { realpath: ts.sys.realpath } : {}),
  };
  const service = ts.createLanguageService(host, parsedFiles);
  return {
    faults(name) {
      const path = pathOf(name);
      return [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)].map((fault) => {
        const { file, start = 0, length = 0, messageText } = fault;
        const at = file?.text.slice(start, start + length) ?? "";
        return `at ${at.split("\n")[0]}: ${ts.flattenDiagnosticMessageText(messageText, "\n  ")}`;
      });
    },
    completions(name) {
      const path = pathOf(name);
      const at = textOf(path)?.indexOf(mark) ?? -1;
      const offered = service.getCompletionsAtPosition(path, at, {})?.entries ?? [];
      return offered.map((entry) => entry.name);
    },
  };
}

function pathOf(name: string): string {
  return name.endsWith(".ts") ? name : join(root, "test", `${name}.ts`);
}

/** Where completions are asked for. */
export const mark = "/*?*/";
