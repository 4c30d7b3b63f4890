/**
 * Reports of the public API with its types: one in api/ for each entry point, generated from the types in dist/. `npm
 * run api` writes them; with `--check` (`npm run check:package`) they are compared, and a difference is an error.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Extractor, ExtractorConfig, type ExtractorLogLevel } from "@microsoft/api-extractor";

const root = join(import.meta.dirname, "..");
/** The built types of each entry point, by the name of its report. */
const entryPoints = {
  voxrx: "dist/index.d.ts",
  operators: "dist/operators.d.ts",
  datasets: "dist/datasets.d.ts",
  extend: "dist/extend.d.ts",
};
const silent = { default: { logLevel: "none" as ExtractorLogLevel } };

/** Compares a report with the types, and writes it unless `checkOnly`. Returns whether they were the same. */
function upToDate(name: string, types: string, drafts: string, checkOnly: boolean): boolean {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: types,
      newlineKind: "lf",
      compiler: { overrideTsconfig: { extends: join(root, "tsconfig.json"), include: [], files: [types] } },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: join(root, "api"),
        reportTempFolder: drafts,
        // Types that an entry point does not export are still part of the API if its exports use them.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { compilerMessageReporting: silent, extractorMessageReporting: silent, tsdocMessageReporting: silent },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: !checkOnly,
    printApiReportDiff: checkOnly,
    messageCallback(message) {
      // Messages about the tool itself; the difference is still printed.
      if (/^console-(preamble|api-report-(copied|created|not-copied))/.test(message.messageId)) message.handled = true;
    },
  });
  return !apiReportChanged;
}

const checkOnly = process.argv.includes("--check");
const drafts = mkdtempSync(join(tmpdir(), "voxrx-api-"));
try {
  mkdirSync(join(root, "api"), { recursive: true });
  const changed = Object.entries(entryPoints).filter(
    ([name, types]) => !upToDate(name, join(root, types), drafts, checkOnly),
  );
  for (const [name] of changed)
    console.log(`api/${name}.api.md ${checkOnly ? "differs from what dist/ exports" : "written"}`);
  if (checkOnly && changed.length > 0) {
    console.error(
      "The public API changed. If that is intended, run `npm run api`, commit api/, and update CHANGELOG.md.",
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(drafts, { recursive: true });
}
