import { expect, test } from "vitest";
import { exceededBounds } from "../../../bench/report/bounds.ts";
import { fasterThanPeer, transformTarget, withinLimit, withinMs } from "../../../bench/report/target.ts";

const times = (ms: number) => ({ wallMs: 2 * ms, cpuMs: ms, bestWallMs: ms, bestCpuMs: ms, rounds: 3 });
const workload = { name: "work", group: "Group", prepare: () => ({ run: () => undefined }), limit: "a copy", bound: 3 };
const line = { name: "work", group: "Group", load: 1, targets: [] };

test("a bound is held by the best rounds", () => {
  const withRatio = (ours: number) => ({ ...line, voxrx: times(ours), limit: { what: "a copy", times: times(10) } });
  expect(exceededBounds([workload], [withRatio(30)])).toEqual([]);
  expect(exceededBounds([workload], [withRatio(31)])).toEqual([
    "work: takes 3.10 of the CPU time of its limit (a copy), which is more than 3",
  ]);
});

test("work that fails exceeds its bound, unless something optional is not installed", () => {
  expect(exceededBounds([workload], [{ ...line, error: "no scans" }])).toEqual(["work: no scans"]);
  expect(exceededBounds([workload], [{ ...line, error: "koffi is not installed" }])).toEqual([]);
});

test("targets are met, not met, or not measured", () => {
  const compared = { limit: { what: "a copy", wallRatio: 0.5 }, peer: { what: "a peer", wallRatio: 3 } };
  expect(
    [withinLimit(2), withinLimit(1.9), fasterThanPeer(3), fasterThanPeer(4)].map((t) => t.isMet(compared)),
  ).toEqual([true, false, true, false]);
  expect([withinLimit(2), fasterThanPeer(2), withinMs(1)].map((target) => target.isMet({}))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a transform may take 5 ms where the peer takes less, and else a tenth more than it", () => {
  const isMet = (ours: number, theirs: number) =>
    transformTarget.isMet({
      voxrx: times(ours),
      peer: { what: "a peer", times: times(theirs), wallRatio: 1, cpuRatio: theirs / ours },
    });
  expect([isMet(5, 0.1), isMet(6, 4.9), isMet(11, 10), isMet(12, 10), isMet(20, 60)]).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
});
