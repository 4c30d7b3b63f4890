/** Writes docs/errors.md from the table of codes. */
import { errorCodes } from "voxrx";

const rows = Object.entries(errorCodes).map(
  ([code, [domain, meaning]]) => `| \`${code}\` | \`${domain}\` | ${meaning} |`,
);

export const errorTable = `# Errors

Every error of VoxRx has a stable \`code\`, and names the item, operator and file where it is known, what was wrong, and what to do.
Tell them with \`isVoxRxError(error, code)\`. This page is made from \`src/errors.ts\` by \`npm run docs:errors\`.

| code | class | meaning |
| --- | --- | --- |
${rows.join("\n")}
`;

if (process.argv[1] === import.meta.filename) process.stdout.write(errorTable);
