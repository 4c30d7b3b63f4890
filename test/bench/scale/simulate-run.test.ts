import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filesOf, paidSeconds, wastedShare } from "../../../bench/scale/outcome.ts";
import { defaults, type ScaleParameters, type Way, ways, withChanges } from "../../../bench/scale/scale-parameters.ts";
import { simulateRun } from "../../../bench/scale/simulate-run.ts";
import { blocksOf, sizeOf } from "../../../bench/scale/simulated-work.ts";
import { runsOf } from "../../support/long.ts";

/** Nothing but computing: no faults, no waiting, no start. */
const ideal: ScaleParameters = {
  ...defaults,
  items: 960,
  machines: 1,
  cores: 4,
  blockSize: 8,
  itemSeconds: 2,
  readBandwidth: 1e18,
  writeBandwidth: 1e18,
  machineBandwidth: 1e18,
  machineStartSeconds: 0,
  workerStartSeconds: 0,
  planSeconds: 0,
  crashesPerCoreHour: 0,
  lossesPerMachineHour: 0,
  stragglers: 0,
  metadataRate: 1e15,
  queueSeconds: 0,
};
const anyWay = fc.constantFrom<Way>(...ways);
const anyParameters = fc
  .record({
    items: fc.integer({ min: 1, max: 3000 }),
    machines: fc.integer({ min: 1, max: 12 }),
    cores: fc.integer({ min: 1, max: 5 }),
    blockSize: fc.integer({ min: 1, max: 40 }),
    spread: fc.double({ min: 0, max: 1, noNaN: true }),
    readBandwidth: fc.integer({ min: 1e8, max: 1e10 }),
    writeBandwidth: fc.integer({ min: 1e8, max: 1e10 }),
    machineBandwidth: fc.integer({ min: 1e8, max: 1e10 }),
    crashesPerCoreHour: fc.constantFrom(0, 1),
    lossesPerMachineHour: fc.constantFrom(0, 1),
    stragglers: fc.constantFrom(0, 0.2, 1),
    metadataRate: fc.integer({ min: 50, max: 10_000 }),
    seed: fc.integer({ min: 0, max: 1000 }),
  })
  .map((some): ScaleParameters => ({ ...defaults, ...some }));
const workOf = (p: ScaleParameters) => blocksOf(p).reduce((sum, block) => sum + sizeOf(block), 0);
const longestBlock = (p: ScaleParameters) => p.itemSeconds * Math.max(...blocksOf(p).map(sizeOf));
const slack = 1 + 1e-6;

describe("a simulated run", () => {
  test("computes every item, whatever dies, and accounts for all time that is paid for", () => {
    const property = fc.property(anyParameters, anyWay, (p, way) => {
      const outcome = simulateRun(p, way);
      const { spent, makespan, bytesKept, bytesRead, bytesWritten } = outcome;
      const work = workOf(p);
      expect(spent.useful).toBeCloseTo(work * p.itemSeconds, 3);
      expect(bytesKept).toBeCloseTo(work * p.writtenBytes, -2);
      expect(bytesWritten * slack).toBeGreaterThanOrEqual(bytesKept);
      expect(bytesRead * slack).toBeGreaterThanOrEqual(work * p.readBytes);
      for (const seconds of Object.values(spent)) expect(seconds).toBeGreaterThan(-1e-6);
      expect(paidSeconds(outcome)).toBeLessThanOrEqual(makespan * p.machines * p.cores * slack);
      if (way !== "parts" && outcome.losses === 0) {
        const all = Math.max(0, makespan - p.machineStartSeconds) * p.machines * p.cores;
        expect(paidSeconds(outcome) / all).toBeCloseTo(1, 6);
      }
      if (outcome.crashes + outcome.losses > 0) return;
      expect([spent.repeated, outcome.repeatedItems]).toEqual([0, 0]);
      expect(bytesWritten).toBeLessThanOrEqual(bytesKept * slack);
    });
    fc.assert(property, { numRuns: runsOf(60), seed: 1 });
  });

  test("reads, writes and asks no faster than the servers answer", () => {
    const property = fc.property(anyParameters, anyWay, (p, way) => {
      const { makespan, bytesRead, bytesWritten, operations, readLoad, writeLoad, metadataLoad } = simulateRun(p, way);
      expect(makespan * slack).toBeGreaterThanOrEqual(bytesRead / p.readBandwidth);
      expect(makespan * slack).toBeGreaterThanOrEqual(bytesWritten / p.writeBandwidth);
      expect(makespan * slack).toBeGreaterThanOrEqual((bytesRead + bytesWritten) / p.machineBandwidth / p.machines);
      expect(makespan * slack).toBeGreaterThanOrEqual(operations / p.metadataRate);
      for (const load of [readLoad, writeLoad, metadataLoad]) expect(load).toBeLessThanOrEqual(slack);
    });
    fc.assert(property, { numRuns: runsOf(60), seed: 2 });
  });

  test("is the same every time, and another with another seed", () => {
    const p = { ...defaults, items: 20_000, crashesPerCoreHour: 2, lossesPerMachineHour: 2 };
    for (const way of ways) {
      expect(simulateRun(p, way)).toEqual(simulateRun(p, way));
      expect(simulateRun({ ...p, seed: 7 }, way).makespan).not.toBe(simulateRun(p, way).makespan);
    }
  });

  test("takes the sum of the items divided by the cores on one machine without faults", () => {
    for (const way of ways) {
      const even = simulateRun({ ...ideal, spread: 0 }, way);
      expect(even.makespan).toBeCloseTo((960 * 2) / 4, 6);
      expect(wastedShare(even)).toBeCloseTo(0, 6);
      const p = { ...ideal, spread: 0.8 };
      const { makespan } = simulateRun(p, way);
      const least = (workOf(p) * p.itemSeconds) / p.cores;
      expect(makespan).toBeGreaterThanOrEqual(least / slack);
      expect(makespan).toBeLessThanOrEqual((least + longestBlock(p)) * slack);
    }
  });

  test("takes no longer on more machines, without faults and without waiting", () => {
    const property = fc.property(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 9 }), (seed, machines) => {
      const p = { ...ideal, seed, machines, spread: 0.8, cores: 2 };
      for (const way of ["claims", "queue"] as const) {
        const more = simulateRun({ ...p, machines: machines + 1 }, way);
        expect(more.makespan).toBeLessThanOrEqual(simulateRun(p, way).makespan * slack);
      }
      // Twice as many parts are halves of the parts before.
      const halves = simulateRun({ ...p, machines: 2 * machines }, "parts");
      expect(halves.makespan).toBeLessThanOrEqual(simulateRun(p, "parts").makespan * slack);
    });
    fc.assert(property, { numRuns: runsOf(40), seed: 3 });
  });

  test("with stragglers, claims are never slower than parts, and end within a block of the slowest", () => {
    const some = fc.record({
      seed: fc.integer({ min: 0, max: 999 }),
      machines: fc.integer({ min: 2, max: 10 }),
      slowness: fc.integer({ min: 2, max: 10 }),
      stragglers: fc.constantFrom(0.1, 0.3, 0.5),
    });
    const property = fc.property(some, (given) => {
      const p = { ...ideal, ...given, items: 12_000, cores: 2, blockSize: 4 };
      const slow = Math.round(p.stragglers * p.machines);
      fc.pre(slow > 0);
      const claims = simulateRun(p, "claims").makespan;
      expect(claims).toBeLessThanOrEqual(simulateRun(p, "parts").makespan * slack);
      const speed = p.cores * (p.machines - slow + slow / p.slowness);
      const least = (workOf(p) * p.itemSeconds) / speed;
      expect(claims).toBeGreaterThanOrEqual(least / slack);
      expect(claims).toBeLessThanOrEqual((least + p.slowness * longestBlock(p)) * slack);
    });
    fc.assert(property, { numRuns: runsOf(40), seed: 4 });
  });

  test("computes a lost block again after a lease, and not before", () => {
    // One block on two workers: the only way to lose time is to lose the block.
    const p = { ...ideal, items: 8, machines: 2, cores: 1, itemSeconds: 900, spread: 0, crashesPerCoreHour: 0.2 };
    const seeds = Array.from({ length: 30 }, (_, seed) => seed);
    const runs = seeds.map((seed) => simulateRun({ ...p, seed, leaseSeconds: 600 }, "claims"));
    const crashed = runs.filter(({ spent }) => spent.repeated > 0);
    expect(crashed.length).toBeGreaterThan(0);
    expect(crashed.length).toBeLessThan(runs.length);
    for (const { makespan, spent } of runs) {
      const lost = Math.round((makespan - 8 * 900 - spent.repeated) / 600);
      expect(makespan).toBeCloseTo(8 * 900 + spent.repeated + 600 * lost, 3);
      expect(lost > 0).toBe(spent.repeated > 0);
    }
  });

  test("crashes and losses come as often as they should", () => {
    const p = { ...defaults, items: 100_000, crashesPerCoreHour: 0.5, lossesPerMachineHour: 2 };
    const outcomes = Array.from({ length: 10 }, (_, seed) => simulateRun({ ...p, seed }, "claims"));
    const hours = outcomes.reduce((sum, { makespan }) => sum + makespan / 3600, 0);
    const sum = (name: "crashes" | "losses") => outcomes.reduce((all, outcome) => all + outcome[name], 0);
    expect(sum("crashes") / (hours * 100 * 16 * 0.5)).toBeGreaterThan(0.8);
    expect(sum("crashes") / (hours * 100 * 16 * 0.5)).toBeLessThan(1.2);
    expect(sum("losses") / (hours * 100 * 2)).toBeGreaterThan(0.6);
    expect(sum("losses") / (hours * 100 * 2)).toBeLessThan(1.4);
  });

  test("that can't end is an error: no block is done before its machine is lost", () => {
    const hopeless = { ...ideal, items: 8, itemSeconds: 3600, lossesPerMachineHour: 10 };
    expect(() => simulateRun(hopeless, "claims")).toThrow("take smaller blocks");
  });

  test("makes three files for each block, and a manifest", () => {
    expect(filesOf(simulateRun({ ...ideal, items: 65, blockSize: 64 }, "claims"))).toBe(7);
  });

  test("more parts than blocks are no trouble", () => {
    expect(simulateRun({ ...ideal, items: 8, machines: 5 }, "parts").blocks).toBe(1);
  });
});

test("sizes of items have a mean of 1, and the spread that was asked for", () => {
  const sizes = blocksOf({ items: 100_000, blockSize: 1, spread: 0.5, seed: 1 }).map(sizeOf);
  const mean = (of: (size: number) => number) => sizes.reduce((sum, size) => sum + of(size), 0) / sizes.length;
  expect(mean((size) => size)).toBeCloseTo(1, 2);
  expect(Math.sqrt(mean((size) => (Math.log(size) + 0.125) ** 2))).toBeCloseTo(0.5, 2);
});

test("inputs are changed by name; other names and other than numbers are refused", () => {
  expect(withChanges(defaults, ["machines=7", "writeBandwidth=1e9"])).toEqual({
    ...defaults,
    machines: 7,
    writeBandwidth: 1e9,
  });
  for (const wrong of ["machine=7", "machines", "machines=", "machines=many", "machines=-1"]) {
    expect(() => withChanges(defaults, [wrong])).toThrow(`--set ${wrong}`);
  }
});
