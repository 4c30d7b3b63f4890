/** Types on hover: every block of code is compiled against the built package, and one that does not compile fails the build. */
import { fileURLToPath } from "node:url";
import { transformerTwoslash } from "@shikijs/vitepress-twoslash";
import { createTwoslasher, type TwoslashReturn } from "twoslash";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entries = {
  voxrx: "index",
  "voxrx/operators": "operators",
  "voxrx/datasets": "datasets",
  "voxrx/extend": "extend",
};

const options = {
  vfsRoot: root,
  compilerOptions: {
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.esnext.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
    types: ["node"],
    typeRoots: [`${root}node_modules/@types`],
    paths: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, [`${root}dist/${file}.d.ts`]])),
  },
};

const compile = createTwoslasher(options);

/** Of a docstring, a reader who hovers wants the first sentence; images and examples in it would be files of others. */
function withShortDocs(result: TwoslashReturn): TwoslashReturn {
  for (const node of result.nodes) {
    if (node.type !== "hover" && node.type !== "query") continue;
    node.docs = node.docs?.split(/\n\s*\n/)[0]?.replace(/!\[[^\]]*\]\([^)]*\)/g, "");
    node.tags = undefined;
  }
  return result;
}

/** See the file. */
export const codeTypes = transformerTwoslash({
  explicitTrigger: false,
  twoslasher: Object.assign((code: string, file?: string) => withShortDocs(compile(code, file, options)), {
    getCacheMap: compile.getCacheMap,
  }),
});
