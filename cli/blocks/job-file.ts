/** Job files for schedulers: each runs `voxrx run --out` as many times as there are parts. */
import { access } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { pathWord } from "../path-arguments.ts";

/** What job files are printed for. */
export const schedulers = ["slurm", "kubernetes", "local"] as const;

/** Options of `voxrx scale plan`. */
export interface JobOptions {
  readonly out: string;
  readonly for: (typeof schedulers)[number];
  readonly export?: string;
  readonly parts?: number;
  readonly cpus: number;
  readonly memory: string;
  readonly time: string;
  readonly image: string;
  readonly volume: string;
}

/** Where npm puts the command, in the directory of a project. */
const installed = join("node_modules", ".bin", "voxrx");

/**
 * The command `voxrx` as job files name it: the one of the project around a directory, relative to it, or else the one
 * on PATH. Not npx: it doesn't pass the SIGTERM of a scheduler on, so the run would compute until it is killed.
 */
export async function findProgram(dir: string): Promise<string> {
  for (let place = dir; ; place = dirname(place)) {
    const path = join(place, installed);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return relative(dir, path);
    if (place === dirname(place)) return "voxrx";
  }
}

/**
 * The text of a job file.
 *
 * @param blocks how many there are
 * @param program see {@link findProgram}
 */
export function jobFile(file: string, options: JobOptions, blocks: number, program: string): string {
  const { parts = Math.max(1, Math.min(100, blocks)) } = options;
  const named = options.export === undefined ? [] : ["--export", options.export];
  const args = ["run", pathWord(file), ...named, "--out", pathWord(options.out)];
  const name = jobName(file);
  if (options.for === "slurm") return slurm(name, [program, ...args], parts, options);
  // The volume has its node_modules at the top, wherever they are on this machine.
  if (options.for === "kubernetes") return kubernetes(name, [installed, ...args], parts, options);
  return local([program, ...args], options);
}

/** A name that Kubernetes takes, too. */
function jobName(file: string): string {
  const stem = basename(file).replace(/\..*$/, "").toLowerCase();
  return `voxrx-${stem.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}`.slice(0, 50).replace(/-$/, "");
}

function slurm(name: string, command: readonly string[], parts: number, { cpus, memory, time }: JobOptions): string {
  return `#!/bin/bash
#SBATCH --job-name=${name}
#SBATCH --array=1-${parts}
#SBATCH --cpus-per-task=${cpus}
#SBATCH --mem=${memory}
#SBATCH --time=${time}
#SBATCH --requeue
#SBATCH --output=${name}-%A_%a.log
#SBATCH --open-mode=append
# To be submitted in the directory in which it was printed. Each job computes the blocks of its part. Submitted again,
# also with another number of jobs, it computes what is missing. With --claim at the end of the last line, jobs take any
# block that no other one has; jobs of an array with gaps (sbatch --array=2,4) do so anyway.
set -eu
# Since Slurm 22.05, srun doesn't take the number of cores from above.
srun --cpus-per-task=${cpus} ${shellText([...command, "--processes", String(cpus)])}
`;
}

function kubernetes(name: string, command: readonly string[], parts: number, options: JobOptions): string {
  const { cpus, memory, image, volume } = options;
  const args = [...command, "--processes", String(cpus)].map(podWord).join(", ");
  const bytes = memory.replace(/([KMGT])$/, "$1i");
  return `# Each pod computes the blocks of its part. Applied again, also with another number of completions, it computes what
# is missing. All pods see the volume ${volume}, with node_modules, pipeline, data and output.
apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
spec:
  completionMode: Indexed
  completions: ${parts}
  parallelism: ${parts}
  backoffLimit: ${5 * parts}
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: voxrx
          image: ${JSON.stringify(image)}
          workingDir: /work
          command: [${args}]
          env:
            # The rank is in JOB_COMPLETION_INDEX; how many there are, Kubernetes does not say.
            - { name: JOB_COMPLETIONS, value: "${parts}" }
          resources:
            requests: { cpu: "${cpus}", memory: ${JSON.stringify(bytes)} }
            limits: { memory: ${JSON.stringify(bytes)} }
          volumeMounts:
            - { name: work, mountPath: /work }
      volumes:
        - name: work
          persistentVolumeClaim: { claimName: ${JSON.stringify(volume)} }
`;
}

function local(command: readonly string[], { parts }: JobOptions): string {
  const head = "#!/bin/bash\n";
  if (parts === undefined)
    return `${head}# All cores of this machine. Run again, it computes what is missing.\nexec ${shellText(command)}\n`;
  return `${head}# ${parts} parts at the same time on this machine. Run again, it computes what is missing.
set -u
jobs=()
trap 'kill "\${jobs[@]}"; wait; exit 130' INT TERM
for part in $(seq 1 ${parts}); do
  ${shellText(command)} --part "$part/${parts}" --processes 1 &
  jobs+=("$!")
done
code=0
for job in "\${jobs[@]}"; do wait "$job" || code=1; done
exit $code
`;
}

/** A word of a command of a pod: Kubernetes would replace `$(NAME)`, and makes one `$` of two. */
function podWord(word: string): string {
  const text = JSON.stringify(word.replaceAll("$", "$$$$"));
  // JSON may have characters as they are that YAML refuses: its c-printable, in version 1.1.
  return text.replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Words of a command, quoted where a shell needs it. */
function shellText(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}
