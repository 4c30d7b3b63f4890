/**
 * Runs all benchmarks in this directory, one after another, each in a separate process; with names as arguments, only
 * those. `--short` for a quick run; `--json FILE` also writes the results and a description of the machine.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { chosen, json, only, short } from "./measure.ts";

const files = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith(".ts") && name !== "index.ts" && name !== "measure.ts",
);
const dir = mkdtempSync(join(tmpdir(), "voxrx-bench-"));
const results: Record<string, unknown> = {};
let failed = 0;
try {
  for (const file of files.sort()) {
    if (chosen.length > 0 && !chosen.some((name) => file.startsWith(name))) continue;
    console.log(`\n# ${file}`);
    const own = join(dir, `${file}.json`);
    const flags = [...(short ? ["--short"] : []), ...(only ? ["--only", only] : []), ...(json ? ["--json", own] : [])];
    const args = ["--expose-gc", "--import", "tsx", join(import.meta.dirname, file), ...flags];
    const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
    if (status !== 0) failed++;
    if (existsSync(own)) results[basename(file, ".ts")] = JSON.parse(readFileSync(own, "utf8"));
  }
} finally {
  rmSync(dir, { recursive: true });
}
if (json !== undefined) {
  const [{ model } = { model: "unknown" }] = cpus();
  const machine = {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    cpu: model,
    cpus: cpus().length,
  };
  const all = { measured: new Date().toISOString(), short, ...machine, results };
  writeFileSync(json, `${JSON.stringify(all, null, 2)}\n`);
}
if (failed > 0) {
  console.error(`${failed} benchmarks failed`);
  process.exitCode = 1;
}
