/** What the simulation of a run on many machines starts from. Every number is an input. */
import measured from "./measured.json" with { type: "json" };

/** How blocks come to machines. */
export type Way = "parts" | "claims" | "queue";

export const ways: readonly Way[] = ["parts", "claims", "queue"];

/** The inputs of a simulation. Times are in seconds, sizes in bytes. */
export interface ScaleParameters {
  readonly items: number;
  readonly machines: number;
  /** Cores of each machine; each runs one worker. */
  readonly cores: number;
  /** Items of a block. */
  readonly blockSize: number;
  /** Seconds of one core for an item: the mean. */
  readonly itemSeconds: number;
  /** Bytes of an item as read, and of its result: the means. */
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Sigma of the log-normal spread of items: a larger scan takes longer and has more bytes, in proportion. */
  readonly spread: number;
  /** Bytes per second that the shared storage reads and writes, for all machines together. */
  readonly readBandwidth: number;
  readonly writeBandwidth: number;
  /** Bytes per second of a machine's network; a worker gets an equal share of it. */
  readonly machineBandwidth: number;
  /** Until a machine is there, and until a worker on it runs. */
  readonly machineStartSeconds: number;
  readonly workerStartSeconds: number;
  /** Time in which a worker learns the ids of all items and their blocks. */
  readonly planSeconds: number;
  /** Crashes of a worker per hour; it starts again. */
  readonly crashesPerCoreHour: number;
  /** Losses of a machine per hour, as with spot machines; another one comes after `machineStartSeconds`. */
  readonly lossesPerMachineHour: number;
  /** Until the block of a dead worker is taken over by another one: with claims, and with a queue. */
  readonly leaseSeconds: number;
  readonly stallSeconds: number;
  /** Share of machines that are slow, and how many times as long they compute. */
  readonly stragglers: number;
  readonly slowness: number;
  /** Operations of the metadata server for an item, and for a block in each way. */
  readonly operationsPerItem: number;
  readonly operationsPerBlock: Readonly<Record<Way, number>>;
  /** Operations that the metadata server does in a second. */
  readonly metadataRate: number;
  /** Seconds until a queue has handed out a block. */
  readonly queueSeconds: number;
  /** Prices in dollars: of a machine for an hour, of a TB (10^12 bytes) stored for a month. */
  readonly machinePrice: number;
  readonly storagePrice: number;
  readonly seed: number;
}

/** Parameters that are single numbers, which `--set NAME=VALUE` changes. */
export type NumberName = Exclude<keyof ScaleParameters, "operationsPerBlock">;

/** The measured parameters, and those of a run on a hundred machines. */
export const defaults: ScaleParameters = {
  items: 1_000_000,
  machines: 100,
  cores: 16,
  blockSize: 64,
  itemSeconds: measured.cpuSeconds.niiGz,
  readBytes: measured.readBytes,
  writtenBytes: measured.writtenBytes.niiGz,
  spread: 0.5,
  readBandwidth: 20e9,
  writeBandwidth: 10e9,
  machineBandwidth: 25e9 / 8,
  machineStartSeconds: 60,
  workerStartSeconds: measured.workerStartSeconds,
  planSeconds: 30,
  crashesPerCoreHour: 0.01,
  lossesPerMachineHour: 0.05,
  leaseSeconds: 60,
  stallSeconds: 60,
  stragglers: 0.05,
  slowness: 3,
  operationsPerItem: 3,
  operationsPerBlock: { parts: 45, claims: 56, queue: 48 },
  metadataRate: 10_000,
  queueSeconds: 0.005,
  machinePrice: 0.34,
  storagePrice: 23,
  seed: 1,
};

/** Where the numbers come from, in the order of the table that is printed. */
export const sources: readonly (readonly [name: NumberName, source: string])[] = [
  ["items", "the task"],
  ["machines", "the task"],
  ["cores", "assumption: machines of 16 cores"],
  ["blockSize", "the default of voxrx run for so many items"],
  ["itemSeconds", "measured: CPU time of a T1 with .nii.gz out"],
  ["readBytes", "measured"],
  ["writtenBytes", "measured: .nii.gz"],
  ["spread", "assumption: one scan in seven takes more than 1.5 times the mean"],
  ["readBandwidth", "assumption: a parallel file system of medium size"],
  ["writeBandwidth", "assumption: half of reading"],
  ["machineBandwidth", "assumption: 25 Gbit/s"],
  ["machineStartSeconds", "assumption"],
  ["workerStartSeconds", "measured: node dist/cli.js --version"],
  ["planSeconds", "assumption: listing a million files takes longer, reading their list less"],
  ["crashesPerCoreHour", "assumption, high: one in 100 core hours, as where memory is short"],
  ["lossesPerMachineHour", "assumption, high: one spot machine in twenty within an hour"],
  ["leaseSeconds", "the default of voxrx run"],
  ["stallSeconds", "BullMQ's defaults: a lock of 30 s, looked at every 30 s"],
  ["stragglers", "assumption"],
  ["slowness", "assumption"],
  ["operationsPerItem", "stat, open and close of the scan"],
  ["metadataRate", "assumption; Dell measured 15,000 to 29,000 creations/s with mdtest on Lustre"],
  ["queueSeconds", "assumption"],
  ["machinePrice", "an example of AWS's documentation, c5.4xlarge on the spot market; not a current price"],
  ["storagePrice", "assumption: about the list price of S3 Standard"],
  ["seed", "of all that is drawn"],
];

/** Parameters with some of them given as `NAME=VALUE`. @throws Error for another name or not a number */
export function withChanges(parameters: ScaleParameters, changes: readonly string[]): ScaleParameters {
  const known = new Map(sources.map(([name]) => [String(name), name]));
  let changed = parameters;
  for (const change of changes) {
    const [given = "", text = ""] = change.split("=");
    const name = known.get(given);
    const value = Number(text);
    if (name === undefined || text === "" || !Number.isFinite(value) || value < 0) {
      throw new Error(`--set ${change}: expected NAME=NUMBER with one of ${[...known.keys()].join(", ")}`);
    }
    changed = { ...changed, [name]: value };
  }
  return changed;
}
