import { expect, test } from "vitest";
import { sharesOf } from "../../../bench/measure/profiler.ts";

const node = (id: number, functionName: string, children: number[] = [], url = "file:///voxrx.js") => ({
  id,
  callFrame: { functionName, url, scriptId: "1", lineNumber: 0, columnNumber: 0 },
  children,
});

test("a profile has the share of each function, and names what has none by who calls it", () => {
  const nodes = [
    node(1, "(root)", [2, 3, 5, 6]),
    node(2, "readRows$1", [4]),
    node(3, "(garbage collector)"),
    node(4, ""),
    node(5, "dispatch", [], "node:inspector"),
    node(6, "(idle)"),
  ];
  const samples = [2, 2, 3, 4, 5, 6, 1];
  const timeDeltas = [30, 10, 20, 30, 500, 10, 70];
  expect(sharesOf({ nodes, samples, timeDeltas })).toEqual([
    { name: "readRows", share: 0.4 },
    { name: "a function of readRows", share: 0.3 },
    { name: "garbage collection", share: 0.2 },
    { name: "waiting", share: 0.1 },
  ]);
});
