import { execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProgram, type JobOptions, jobFile } from "../../cli/blocks/job-file.ts";
import { temporaryFolder } from "../support/folder.ts";

const options: JobOptions = {
  for: "slurm",
  out: "prepared",
  cpus: 2,
  memory: "8G",
  time: "01:00:00",
  image: "node:22",
  volume: "data",
};
const names = [
  "plain.ts",
  "with blanks.ts",
  `it's a "quote".ts`,
  "cost$HOME $(exit 3) `exit 4`.ts",
  "a;b&c*.ts",
  "線\n.ts",
];

/** A directory with programs in the place of `voxrx` and of Slurm's `srun`, and what a script has them print. */
async function scripts() {
  const folder = await temporaryFolder();
  const bin = join(folder.path, "my project's", "node_modules", ".bin");
  await mkdir(bin, { recursive: true });
  const add = async (name: string, text: string) => {
    await writeFile(join(bin, name), `#!/bin/bash\n${text}\n`);
    await chmod(join(bin, name), 0o755);
    return join(bin, name);
  };
  const program = await add("voxrx", `printf '%s\\0' "$@"`);
  await add("srun", `[ "$1" = --cpus-per-task=2 ] && exec "\${@:2}"`);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  return {
    dir: folder.path,
    program,
    project: join(folder.path, "my project's"),
    /** The arguments that `voxrx` gets; ended by bash itself if the script is not well-formed. */
    argumentsIn: (script: string) => {
      execFileSync("bash", ["-n"], { input: script });
      return execFileSync("bash", { input: script, env, encoding: "utf8" }).split("\0").slice(0, -1);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test.each(names)("the scripts pass names on as they are: %j", async (name) => {
  await using found = await scripts();
  const named = { ...options, out: `${name} out`, export: "cases" };
  const args = ["run", name, "--export", "cases", "--out", `${name} out`];
  const text = (changes: Partial<JobOptions>) => jobFile(name, { ...named, ...changes }, 7, found.program);
  expect(found.argumentsIn(text({}))).toEqual([...args, "--processes", "2"]);
  expect(found.argumentsIn(text({ for: "local" }))).toEqual(args);
  expect(found.argumentsIn(text({ for: "local", parts: 1 }))).toEqual([...args, "--part", "1/1", "--processes", "1"]);
});

test("a script for Slurm asks for one job for each block, at most 100, and never runs npx", () => {
  const lines = (blocks: number, parts?: number) =>
    jobFile("Prepare All.ts", { ...options, ...(parts === undefined ? {} : { parts }) }, blocks, "voxrx").split("\n");
  expect(lines(7)).toEqual([
    "#!/bin/bash",
    "#SBATCH --job-name=voxrx-prepare-all",
    "#SBATCH --array=1-7",
    "#SBATCH --cpus-per-task=2",
    "#SBATCH --mem=8G",
    "#SBATCH --time=01:00:00",
    "#SBATCH --requeue",
    "#SBATCH --output=voxrx-prepare-all-%A_%a.log",
    "#SBATCH --open-mode=append",
    ...Array.from({ length: 4 }, () => expect.stringMatching(/^# .*|^set -eu$/)),
    expect.stringContaining("# Since Slurm 22.05"),
    "srun --cpus-per-task=2 voxrx run 'Prepare All.ts' --out prepared --processes 2",
    "",
  ]);
  expect(lines(5000)).toContain("#SBATCH --array=1-100");
  expect(lines(0)).toContain("#SBATCH --array=1-1");
  expect(lines(7, 3)).toContain("#SBATCH --array=1-3");
});

test("a local script ends with an error if one of its parts does", async () => {
  await using found = await scripts();
  await writeFile(found.program, `#!/bin/bash\n[ "$6" != 2/3 ]\n`);
  const script = (parts: number) => jobFile("a.ts", { ...options, for: "local", parts }, 7, found.program);
  expect(found.argumentsIn(script(1))).toEqual([]);
  expect(() => found.argumentsIn(script(3))).toThrow(expect.objectContaining({ status: 1 }));
});

test.each(names)("Kubernetes gets names as they are: %j", (name) => {
  const text = jobFile(name, { ...options, for: "kubernetes", image: "my image:1", parts: 4 }, 7, "../voxrx");
  const command: unknown = JSON.parse(/^ {10}command: (\[.*\])$/m.exec(text)?.[1] ?? "");
  // Kubernetes makes one of two: nothing is left that it would replace.
  const inPod = Array.isArray(command) ? command.map((word) => String(word).replaceAll("$$", "$")) : [];
  expect(inPod).toEqual(["node_modules/.bin/voxrx", "run", name, "--out", "prepared", "--processes", "2"]);
  const lines = text.split("\n").map((line) => line.trim());
  const needed = ["apiVersion: batch/v1", "kind: Job", "completionMode: Indexed", "completions: 4", "parallelism: 4"];
  const more = ["restartPolicy: Never", 'image: "my image:1"', '- { name: JOB_COMPLETIONS, value: "4" }'];
  const resources = ['requests: { cpu: "2", memory: "8Gi" }', 'persistentVolumeClaim: { claimName: "data" }'];
  expect(lines).toEqual(expect.arrayContaining([...needed, ...more, ...resources]));
  expect(/^ {2}name: (.*)$/m.exec(text)?.[1]).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
  expect(text).not.toMatch(/\t|^(?! *(#|- |\w+:)|$)/m);
});

test.each(["local", "slurm", "kubernetes"] as const)("%s: a name that starts with a dash is no option", (scheduler) => {
  const text = jobFile("-a.ts", { ...options, out: "-out", for: scheduler }, 7, "voxrx");
  const words = text.replaceAll(/[",]/g, "");
  expect(words).toContain(" run ./-a.ts --out ./-out");
});

test("YAML has no characters that its readers refuse", () => {
  const name = "a\u007f\u0080\u009f\ufeff\u2028.ts";
  const text = jobFile(name, { ...options, for: "kubernetes" }, 7, "voxrx");
  expect(text).not.toMatch(/[\u007f-\u009f\ufeff\u2028]/);
  const command: unknown = JSON.parse(/^ {10}command: (\[.*\])$/m.exec(text)?.[1] ?? "");
  expect(command).toContain(name);
});

test("the command is the one of the project around, or the one on PATH", async () => {
  await using found = await scripts();
  const inside = join(found.project, "a", "b");
  await mkdir(inside, { recursive: true });
  expect(await findProgram(found.project)).toBe(join("node_modules", ".bin", "voxrx"));
  expect(await findProgram(inside)).toBe(join("..", "..", "node_modules", ".bin", "voxrx"));
  expect(await findProgram(found.dir)).toBe("voxrx");
});
