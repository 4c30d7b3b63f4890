/** Generates docs/errors.md from the tables of codes. */
import { errorCodes } from "voxrx";
import { warningCodes } from "../src/warnings.ts";

const rows = Object.entries(errorCodes).map(
  ([code, [domain, meaning]]) => `| \`${code}\` | \`${domain}\` | ${meaning} |`,
);

const warningRows = Object.entries(warningCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);

export const errorTable = `# Errors

Every error of VoxRx has a stable \`code\`. It says what was wrong and what to do, and names the item, operator and file
if they are known. Check for errors with \`isVoxRxError(error, code)\`. This page is generated from \`src/errors.ts\` by
\`npm run docs:errors\`.

| code | class | meaning |
| --- | --- | --- |
${rows.join("\n")}

## Warnings

A warning reports a problem that does not stop the run. It is passed to \`process.emitWarning\` with its code, or to the
functions registered with \`onWarning\`. This table is generated from \`src/warnings.ts\`.

| code | meaning |
| --- | --- |
${warningRows.join("\n")}
`;

if (process.argv[1] === import.meta.filename) process.stdout.write(errorTable);
