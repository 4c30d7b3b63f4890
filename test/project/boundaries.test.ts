import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesIn } from "./tree.ts";

const code = filesIn(["src", "operators", "datasets", "cli", "examples", "bench"], /\.ts$/);

/** Folders from the lowest up: each may import itself and what is below. */
const order = ["src", "operators", "datasets", "cli"];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

const imports: readonly Import[] = code.flatMap(({ path, text }) =>
  Array.from(
    text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)";|import\(\s*"([^"]+)"\s*\)/gm),
    (match) => {
      const to = match[2] ?? match[3] ?? "";
      return { from: path, to: to.startsWith(".") ? join(dirname(path), to) : to, isType: match[1] !== undefined };
    },
  ),
);

/** Files that import one another in a circle, each circle sorted. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const reachable = (start: string) => {
    const seen = new Set<string>();
    const waiting = [...(graph.get(start) ?? [])];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      waiting.push(...(graph.get(file) ?? []));
    }
    return seen;
  };
  const reach = new Map(Array.from(graph.keys(), (file) => [file, reachable(file)]));
  const circles = new Set<string>();
  for (const [file, seen] of reach) {
    if (seen.has(file))
      circles.add(
        [...seen]
          .filter((other) => reach.get(other)?.has(file))
          .sort()
          .join(" "),
      );
  }
  return Array.from(circles, (circle) => circle.split(" "));
}

describe("the house", () => {
  test("folders import one way: cli -> datasets -> operators -> src", () => {
    const level = (path: string) => order.indexOf(path.split("/")[0] ?? "");
    const back = imports.filter(({ from, to }) => level(from) >= 0 && level(to) > level(from));
    expect(back).toEqual([]);
    expect(imports.length).toBeGreaterThan(100);
  });

  test("rxjs is imported at run time by the bridge only", () => {
    const stray = imports.filter(
      ({ from, to, isType }) => to.startsWith("rxjs") && !isType && !from.startsWith("examples"),
    );
    expect(stray.filter(({ from }) => !from.startsWith("src/rxjs/"))).toEqual([]);
  });

  test("plans know stores and formats by their interfaces only", () => {
    const stray = imports.filter(({ from, to }) => from.startsWith("src/plan/") && /^src\/(cache|format)\//.test(to));
    expect(stray).toEqual([]);
  });

  test("kernels know nothing of items, plans, caches and formats", () => {
    const stray = imports.filter(
      ({ from, to }) => from.startsWith("src/kernels/") && !/^src\/(kernels|memory|samples|random|errors)\b/.test(to),
    );
    expect(stray).toEqual([]);
  });

  test("lmdb stays in one folder, loaded when first used; benchmarks measure it beside the store", () => {
    const users = imports
      .filter(({ from, to, isType }) => to === "lmdb" && !isType && !from.startsWith("bench/"))
      .map(({ from }) => from);
    expect(users.every((from) => from.startsWith("src/cache/lmdb/"))).toBe(true);
  });

  test("no circle of files", () => {
    const known = new Map<string, string[]>(code.map(({ path }) => [path, []]));
    for (const { from, to } of imports) if (known.has(to)) known.get(from)?.push(to);
    expect(circlesOf(known)).toEqual([]);
  });

  test("no circle of rooms: the directories of src, and the files beside them, import one way", () => {
    const roomOf = (path: string) => path.split("/")[1] ?? "";
    const rooms = new Map<string, string[]>();
    for (const { from, to } of imports.filter(({ from, to }) => from.startsWith("src/") && to.startsWith("src/"))) {
      if (roomOf(from) !== roomOf(to)) rooms.set(roomOf(from), [...(rooms.get(roomOf(from)) ?? []), roomOf(to)]);
    }
    expect(rooms.size).toBeGreaterThan(15);
    expect(circlesOf(rooms)).toEqual([]);
  });

  test("every file is named by what it is, and no two alike", () => {
    const names = code.map(({ path }) => basename(path)).filter((name) => name !== "index.ts" && name !== "main.ts");
    expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([]);
  });

  test("only operators lie among operators", () => {
    const operatorFiles = code.filter(({ path }) => /^operators\/[a-z]+\/(?!index\.ts)[^/]+\.ts$/.test(path));
    const named = ({ path }: { path: string }) =>
      basename(path, ".ts").replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const others = operatorFiles.filter((file) => {
      const name = named(file);
      return !new RegExp(`^export (const|(async )?function) ${name}\\b`, "im").test(file.text);
    });
    expect(others.map(({ path }) => path)).toEqual([]);
    expect(operatorFiles.length).toBeGreaterThan(90);
  });

  test("examples and benchmarks import public entry points", () => {
    const inner = imports.filter(
      ({ from, to }) => /^(examples|bench)\//.test(from) && /^(src|operators|datasets)\//.test(to),
    );
    expect(inner).toEqual([]);
  });

  test("no file is longer than a reader's patience, no folder a junk drawer", () => {
    const long = code.filter(({ text }) => text.split("\n").length > 350).map(({ path }) => path);
    expect(long).toEqual([]);
    expect(code.filter(({ path }) => /\b(utils?|helpers?|common|misc)\b/.test(path))).toEqual([]);
  });
});
