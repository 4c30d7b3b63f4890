/** What is measured in processes of their own: imports, first batches, and memory. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import type { Profile } from "../measure/answers.ts";
import type { Build } from "../measure/build.ts";
import { sharesOf } from "../measure/profiler.ts";
import { type Bench, Figures, type Workload } from "../measure/workload.ts";
import { monaiSteps } from "../peer/monai-names.ts";
import type { PeerWork } from "../peer/peer-work.ts";
import { type Target, withinMB, withinMs } from "../report/target.ts";
import { t1Augmentation, t1Preparation } from "./roads.ts";

const group = "Processes";

/** What a program prints as its first line; times in ms. */
const printedSchema = v.object({
  /** Default: the time from the start of the process to this line. */
  wallMs: v.optional(v.number()),
  cpuMs: v.number(),
  memoryMB: v.optional(v.number()),
});

/** Runs a program of JavaScript in a new process, and takes its figures. */
function figuresOf(program: string, flags: readonly string[] = []): Promise<Figures> {
  const started = performance.now();
  const args = [...flags, "--input-type=module", "--eval", program];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let [printed, wallMs] = ["", 0];
  child.stdout.on("data", (bytes) => {
    if (printed === "") wallMs = performance.now() - started;
    printed += bytes;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`the program ended with code ${code}`));
      resolve(new Figures({ wallMs, ...v.parse(printedSchema, JSON.parse(printed)) }));
    });
  });
}

/** The profile of a program. */
async function profileOf(program: string, dir: string): Promise<Profile> {
  const place = await mkdtemp(join(dir, "profile-"));
  await figuresOf(program, ["--cpu-prof", `--cpu-prof-dir=${place}`]);
  const [name = ""] = await readdir(place);
  return sharesOf(JSON.parse(await readFile(join(place, name), "utf8")));
}

/** Lines of a program that give its CPU time and memory so far. */
const meters = `
  import { readFileSync } from "node:fs";
  const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  // maxRSS would be that of the process which started this one, if that had more.
  const peakMB = () => {
    const status = process.platform === "linux" ? readFileSync("/proc/self/status", "utf8") : "";
    return Number(/VmHWM:\\s+(\\d+) kB/.exec(status)?.[1] ?? process.resourceUsage().maxRSS) / 1024;
  };
  const print = (figures) => console.log(JSON.stringify(figures));
`;

const entryOf = ({ dist }: Build, name: string) => JSON.stringify(pathToFileURL(join(dist, `${name}.js`)).href);

const importAlone = (build: Build) => `
  ${meters}
  const started = performance.now(), used = cpuMs();
  await import(${entryOf(build, "index")});
  await import(${entryOf(build, "operators")});
  print({ wallMs: performance.now() - started, cpuMs: cpuMs() - used });
`;

/** A program with the training on T1 images as `training(items)`. */
function trainingProgram({ build, short }: Bench, rest: string): string {
  const steps = [...t1Preparation, ...t1Augmentation(short ? 48 : 96), { operator: "batch", options: { size: 2 } }];
  return `
    import { Dataset } from ${entryOf(build, "index")};
    import * as ops from ${entryOf(build, "operators")};
    ${meters}
    const training = (items) => ${JSON.stringify(steps)}.reduce(
      (dataset, { operator, options }) => dataset.pipe(ops[operator](options)),
      Dataset.from(items, { seed: 0 }),
    );
    ${rest}
  `;
}

const itemsOf = ({ scans }: Bench) => JSON.stringify(scans.t1.map((image) => ({ image })));

const firstBatch = (bench: Bench) =>
  trainingProgram(bench, `for await (const _ of training(${itemsOf(bench)})) { print({ cpuMs: cpuMs() }); break; }`);

const peakOfEpochs = (bench: Bench) =>
  trainingProgram(
    bench,
    `const dataset = training(${itemsOf(bench)}), held = [];
    for (let epoch = 0; epoch < 2; epoch++)
      for await (const batch of dataset) { held.push(batch); if (held.length > 4) held.shift(); }
    print({ cpuMs: cpuMs(), memoryMB: peakMB() });`,
  );

/** Up to 2,400 items in so many seconds; the memory is what the last third needs more than the first. */
const growth = (bench: Bench, seconds: number) =>
  trainingProgram(
    bench,
    `const scans = ${itemsOf(bench)}, samples = [], end = performance.now() + ${1000 * seconds};
    const items = Array.from({ length: 2400 }, (_, n) => ({ ...scans[n % scans.length], n }));
    for await (const batch of training(items)) {
      samples.push(process.memoryUsage.rss() / 1e6);
      if (performance.now() > end) break;
    }
    const third = Math.floor(samples.length / 3);
    const more = Math.max(...samples.slice(-third)) - Math.max(...samples.slice(0, third));
    print({ wallMs: performance.now(), cpuMs: cpuMs(), memoryMB: Math.max(0, more) });`,
  );

/** 200 volumes of 20 MB for a slow consumer, with at most 200 MB ahead of it. */
const slowConsumer = ({ build }: Bench) => `
  import { Dataset, Volume } from ${entryOf(build, "index")};
  import { map, prefetch } from ${entryOf(build, "operators")};
  ${meters}
  const volumes = Dataset.from(Array.from({ length: 200 }, (_, n) => n)).pipe(
    map((n) => new Volume({ data: new Float32Array(200 * 200 * 125).fill(n), shape: [1, 200, 200, 125] })),
    prefetch({ buffer: 100, maxBytes: "200MB" }),
  );
  for await (const _ of volumes) await new Promise((resolve) => setTimeout(resolve, 10));
  print({ cpuMs: cpuMs(), memoryMB: peakMB() });
`;

function programWorkload(
  name: string,
  program: (bench: Bench) => string,
  targets: readonly Target[],
  { peer, once = false }: { readonly peer?: "import" | "first batch"; readonly once?: boolean } = {},
): Workload {
  return {
    name,
    group,
    prepare: (bench) => ({
      run: () => figuresOf(program(bench)),
      // A program that runs for a minute is not run again for that.
      profile: async () => (once ? [] : profileOf(program(bench), bench.dir)),
    }),
    ...(peer && { peer: ({ t1 }) => processOfPeer(peer, t1) }),
    targets,
    ownProcess: true,
    once,
  };
}

function processOfPeer(program: "import" | "first batch", t1: readonly string[]): PeerWork {
  const steps = monaiSteps([...t1Preparation, ...t1Augmentation(96)]);
  return { by: "MONAI", kind: "process", program, steps, items: t1.slice(0, 4).map((image) => ({ image })) };
}

export const processWorkloads: readonly Workload[] = [
  programWorkload("import alone", ({ build }) => importAlone(build), [withinMs(120)], { peer: "import" }),
  programWorkload("process start to first batch", firstBatch, [withinMs(500)], { peer: "first batch" }),
  programWorkload("peak memory of two uncached epochs", peakOfEpochs, [withinMB(280)]),
  programWorkload("growth of memory over up to 2,400 items", (bench) => growth(bench, 60), [withinMB(25)], {
    once: true,
  }),
  programWorkload("peak memory of prefetch with 200 MB, slow consumer", slowConsumer, [withinMB(500)], { once: true }),
];
