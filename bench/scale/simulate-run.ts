/**
 * A run on many machines as a simulation of events. A worker takes a block, reads some items, computes and writes them,
 * until the block is done; then it publishes the block. Reading and writing share bandwidth; the metadata server
 * answers one operation after another; a worker that dies loses its block.
 */
import { numbersFrom } from "../data/normal-noise.ts";
import { EventHeap } from "./event-heap.ts";
import type { Outcome, Spent } from "./outcome.ts";
import type { ScaleParameters, Way } from "./scale-parameters.ts";
import { SharedLink } from "./shared-link.ts";
import { type BlockWork, blocksOf, sizeOf } from "./simulated-work.ts";
import { newWorker, type Phase, type Pool, type SimulatedWorker } from "./simulated-worker.ts";

/** Deaths beyond the number of blocks that a run may have. */
const mostDeaths = 10_000;

/** Simulates a run. The same parameters give the same outcome. */
export function simulateRun(parameters: ScaleParameters, way: Way): Outcome {
  return new Simulation(parameters, way).run();
}

class Simulation {
  readonly #p: ScaleParameters;
  readonly #way: Way;
  readonly #events = new EventHeap<() => void>();
  readonly #reading: SharedLink<() => void>;
  readonly #writing: SharedLink<() => void>;
  readonly #random: () => number;
  readonly #pools: Pool[];
  readonly #blocks: readonly BlockWork[];
  readonly #metadataRate: number;
  readonly #heartbeats: number;
  readonly #spent: Spent = {
    useful: 0,
    slow: 0,
    repeated: 0,
    reading: 0,
    writing: 0,
    metadata: 0,
    starting: 0,
    idle: 0,
  };
  #now = 0;
  #left = 0;
  #metadataFree = 0;
  #operations = 0;
  #firstIdle = Number.POSITIVE_INFINITY;
  #repeatedItems = 0;
  #crashes = 0;
  #losses = 0;

  constructor(parameters: ScaleParameters, way: Way) {
    const { cores, machines, readBandwidth, writeBandwidth, machineBandwidth, seed, metadataRate } = parameters;
    this.#p = parameters;
    this.#way = way;
    const each = machineBandwidth / cores;
    this.#reading = new SharedLink(readBandwidth, each);
    this.#writing = new SharedLink(writeBandwidth, each);
    const next = numbersFrom(seed + 2);
    this.#random = () => (next() + 1) / (2 ** 32 + 1);
    this.#blocks = blocksOf(parameters);
    // A lease is renewed three times in its duration.
    this.#heartbeats = way === "claims" ? (3 * cores * machines) / parameters.leaseSeconds : 0;
    this.#metadataRate = Math.max(1, metadataRate - this.#heartbeats);
    this.#pools = this.#makePools();
  }

  run(): Outcome {
    for (let machine = 0; machine < this.#p.machines; machine++) this.#startMachine(machine, 0);
    while (this.#left > 0) this.#step();
    const { readBandwidth, writeBandwidth, metadataRate, writtenBytes } = this.#p;
    const makespan = this.#now;
    const operations = this.#operations + this.#heartbeats * makespan;
    return {
      makespan,
      tail: Math.max(0, makespan - this.#firstIdle),
      spent: this.#spent,
      blocks: this.#blocks.length,
      repeatedItems: this.#repeatedItems,
      crashes: this.#crashes,
      losses: this.#losses,
      bytesRead: this.#reading.moved,
      bytesWritten: this.#writing.moved,
      bytesKept: writtenBytes * this.#blocks.reduce((sum, block) => sum + sizeOf(block), 0),
      operations,
      readLoad: this.#reading.moved / makespan / readBandwidth,
      writeLoad: this.#writing.moved / makespan / writeBandwidth,
      metadataLoad: operations / makespan / metadataRate,
    };
  }

  #makePools(): Pool[] {
    const { machines } = this.#p;
    const count = this.#way === "parts" ? machines : 1;
    const pools = Array.from({ length: count }, (_, part): Pool => {
      // From the end, where taking one is cheap.
      const fresh = this.#blocks.filter((_, n) => n % count === part).reverse();
      return { fresh, returned: [], waiting: [], workers: [], left: fresh.length };
    });
    this.#left = this.#blocks.length;
    return pools;
  }

  /** The next event of all kinds. */
  #step(): void {
    const [event, read, written] = [this.#events.first, this.#reading.next, this.#writing.next];
    this.#now = Math.min(event, read, written);
    if (this.#now === Number.POSITIVE_INFINITY) throw new Error("blocks are left, and nothing happens any more");
    if (this.#crashes + this.#losses > mostDeaths + this.#blocks.length) {
      throw new Error("the run never ends: workers die before a block is done, so take smaller blocks");
    }
    const next =
      this.#now === event ? this.#events.pop() : this.#now === read ? this.#reading.finish() : this.#writing.finish();
    next?.();
  }

  #startMachine(machine: number, at: number): void {
    const { cores, machines, stragglers, slowness, lossesPerMachineHour } = this.#p;
    const pool = this.#pools[this.#way === "parts" ? machine : 0];
    if (!pool) throw new Error("a machine has no pool");
    const isSlow = machine < Math.round(stragglers * machines);
    const workers = Array.from({ length: cores }, () => newWorker(pool, isSlow ? slowness : 1));
    pool.workers.push(...workers);
    for (const worker of workers) this.#later(worker, at + this.#p.machineStartSeconds, () => this.#start(worker));
    if (lossesPerMachineHour > 0) this.#planLoss(workers, pool);
  }

  #planLoss(workers: readonly SimulatedWorker[], pool: Pool): void {
    const { machineStartSeconds, lossesPerMachineHour } = this.#p;
    const at = this.#now + machineStartSeconds + this.#timeTo(lossesPerMachineHour);
    this.#events.push(at, () => {
      if (pool.left === 0) return;
      this.#losses++;
      for (const worker of workers) {
        this.#die(worker, "absent");
        this.#later(worker, this.#now + machineStartSeconds, () => this.#start(worker));
      }
      this.#planLoss(workers, pool);
    });
  }

  /** Seconds to an event that happens so often in an hour. */
  #timeTo(perHour: number): number {
    return (-Math.log(this.#random()) * 3600) / perHour;
  }

  #start(worker: SimulatedWorker): void {
    const { crashesPerCoreHour, workerStartSeconds, planSeconds } = this.#p;
    this.#enter(worker, "starting");
    this.#later(worker, this.#now + workerStartSeconds + planSeconds, () => this.#take(worker));
    if (crashesPerCoreHour === 0) return;
    this.#later(worker, this.#now + this.#timeTo(crashesPerCoreHour), () => {
      this.#crashes++;
      this.#die(worker, "starting");
      this.#start(worker);
    });
  }

  /** Does something unless the worker has died by then, or has gone home. */
  #later(worker: SimulatedWorker, at: number, event: () => void): void {
    const { life } = worker;
    this.#events.push(at, () => {
      if (worker.life === life) event();
    });
  }

  #enter(worker: SimulatedWorker, phase: Phase): void {
    const seconds = this.#now - worker.since;
    if (worker.phase === "computing") worker.computed += seconds;
    else if (worker.phase !== "absent") this.#spent[worker.phase] += seconds;
    worker.phase = phase;
    worker.since = this.#now;
  }

  /** A worker stops, and its block comes back after some time. */
  #die(worker: SimulatedWorker, phase: Phase): void {
    this.#enter(worker, phase);
    worker.life++;
    worker.cancel?.();
    worker.cancel = undefined;
    const { block, pool, computed } = worker;
    if (!block) return;
    worker.block = undefined;
    this.#spent.repeated += computed;
    const done = block.groups.slice(0, worker.group).reduce((sum, size) => sum + size, 0);
    this.#repeatedItems += Math.round((done / sizeOf(block)) * block.items);
    const delay = { parts: 0, claims: this.#p.leaseSeconds, queue: this.#p.stallSeconds }[this.#way];
    this.#events.push(this.#now + delay, () => {
      pool.returned.push(block);
      const waiting = pool.waiting.pop();
      if (waiting) this.#take(waiting);
    });
  }

  #take(worker: SimulatedWorker): void {
    const { pool } = worker;
    const block = pool.returned.pop() ?? pool.fresh.pop();
    if (!block) {
      if (pool.left === 0) return this.#release(pool);
      this.#enter(worker, "idle");
      this.#firstIdle = Math.min(this.#firstIdle, this.#now);
      pool.waiting.push(worker);
      worker.cancel = () => pool.waiting.splice(pool.waiting.indexOf(worker), 1);
      return;
    }
    worker.cancel = undefined;
    worker.block = block;
    worker.group = 0;
    worker.computed = 0;
    const { operationsPerItem, operationsPerBlock, queueSeconds } = this.#p;
    const operations = operationsPerItem * block.items + operationsPerBlock[this.#way] / 2;
    const handing = this.#way === "queue" ? queueSeconds : 0;
    this.#ask(worker, operations, handing, () => this.#read(worker, block));
  }

  /** Operations of the metadata server, which answers in turn. */
  #ask(worker: SimulatedWorker, operations: number, more: number, then: () => void): void {
    this.#enter(worker, "metadata");
    this.#operations += operations;
    this.#metadataFree = Math.max(this.#metadataFree, this.#now) + operations / this.#metadataRate;
    this.#later(worker, this.#metadataFree + more, then);
  }

  #read(worker: SimulatedWorker, block: BlockWork): void {
    const size = block.groups[worker.group];
    if (size === undefined) return this.#publish(worker, block);
    const { readBytes, writtenBytes, itemSeconds } = this.#p;
    this.#transfer(worker, "reading", size * readBytes, () => {
      this.#enter(worker, "computing");
      this.#later(worker, this.#now + size * itemSeconds * worker.slowness, () => {
        worker.group++;
        this.#transfer(worker, "writing", size * writtenBytes, () => this.#read(worker, block));
      });
    });
  }

  #transfer(worker: SimulatedWorker, phase: "reading" | "writing", bytes: number, then: () => void): void {
    this.#enter(worker, phase);
    const link = phase === "reading" ? this.#reading : this.#writing;
    const transfer = link.start(this.#now, bytes, () => {
      worker.cancel = undefined;
      then();
    });
    worker.cancel = () => link.cancel(this.#now, transfer);
  }

  #publish(worker: SimulatedWorker, block: BlockWork): void {
    this.#ask(worker, this.#p.operationsPerBlock[this.#way] / 2, 0, () => {
      const { pool } = worker;
      const useful = sizeOf(block) * this.#p.itemSeconds;
      this.#spent.useful += useful;
      this.#spent.slow += worker.computed - useful;
      worker.block = undefined;
      this.#left--;
      if (--pool.left > 0) this.#take(worker);
      else this.#release(pool);
    });
  }

  /** The machines of a pool that is done are given back. */
  #release({ workers }: Pool): void {
    this.#firstIdle = Math.min(this.#firstIdle, this.#now);
    for (const worker of workers) {
      this.#enter(worker, "absent");
      worker.life++;
      worker.cancel?.();
    }
  }
}
