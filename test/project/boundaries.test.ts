import { dirname, join } from "node:path";
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

describe("the house", () => {
  test("folders import one way: cli -> datasets -> operators -> src", () => {
    const level = (path: string) => order.indexOf(path.split("/")[0] ?? "");
    const back = imports.filter(({ from, to }) => level(from) >= 0 && level(to) > level(from));
    expect(back).toEqual([]);
    expect(imports.length).toBeGreaterThan(100);
  });

  test("rxjs is imported at run time only behind the bridge", () => {
    const stray = imports.filter(
      ({ from, to, isType }) => to.startsWith("rxjs") && !isType && !from.startsWith("examples"),
    );
    expect(stray.filter(({ from }) => !from.startsWith("src/dataset/rxjs/"))).toEqual([]);
  });

  test("datasets know stores and formats by their interfaces only", () => {
    const allowed = new Set(["src/store/store.ts", "src/format/format.ts"]);
    const stray = imports.filter(
      ({ from, to }) => from.startsWith("src/dataset/") && /^src\/(store|format)\//.test(to),
    );
    expect(stray.filter(({ to }) => !allowed.has(to))).toEqual([]);
  });

  test("kernels know nothing of datasets, stores and formats", () => {
    const stray = imports.filter(
      ({ from, to }) => from.startsWith("src/kernels/") && /^src\/(dataset|store|format)\//.test(to),
    );
    expect(stray).toEqual([]);
  });

  test("lmdb stays behind one folder, loaded when first used", () => {
    const users = imports.filter(({ to, isType }) => to === "lmdb" && !isType).map(({ from }) => from);
    expect(users.every((from) => from.startsWith("src/store/lmdb"))).toBe(true);
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
