/** Runs every benchmark of this folder, one after the other, each in a process of its own. `--short` for a quick look. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const only = process.argv.slice(2).filter((name) => !name.startsWith("--"));
const files = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith(".ts") && name !== "index.ts" && name !== "measure.ts",
);
let failed = 0;
for (const file of files.sort()) {
  if (only.length > 0 && !only.some((name) => file.startsWith(name))) continue;
  console.log(`\n# ${file}`);
  const flags = process.argv.slice(2).filter((name) => name.startsWith("--"));
  const args = ["--expose-gc", "--import", "tsx", join(import.meta.dirname, file), ...flags];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) failed++;
}
if (failed > 0) {
  console.error(`${failed} benchmarks failed`);
  process.exitCode = 1;
}
