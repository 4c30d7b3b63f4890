import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, Volume } from "voxrx";
import * as op from "voxrx/operators";
import { temporaryFolder } from "../support/folder.ts";
import * as own from "../support/moving-operators.ts";
import { onThreads } from "../support/worker-program.ts";

async function thrownBy(work: () => Promise<unknown>): Promise<unknown> {
  return work().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("an error on a worker thread", () => {
  test("arrives with item, operator, code, stack and cause", async () => {
    const dataset = Dataset.from([{ n: 0 }, { n: 1, fault: "throws" }]).pipe(own.faulty({}), op.parallel(onThreads(1)));
    const error = await thrownBy(() => dataset.toArray());
    if (!isVoxRxError(error)) throw new Error(`not an error of VoxRx: ${String(error)}`);
    expect(error).toMatchObject({ code: "VOXRX_TRANSFORM_FAILED", operator: "faulty", item: "1" });
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.cause).toMatchObject({ name: "RangeError", message: "not this one" });
    expect(error.cause instanceof Error ? error.cause.stack : "").toContain("moving-operators");
  });

  test("arrives with its causes, their codes, and whatever was thrown", async () => {
    const thrown = async (way: string) => {
      const dataset = Dataset.from([{ n: 0 }]).pipe(own.throwsOddly({ way }), op.parallel(onThreads(1)));
      const error = await thrownBy(() => dataset.toArray());
      return error instanceof Error ? error.cause : undefined;
    };
    const inner = { message: "inner", code: "EINNER", at: 3 };
    for (const way of ["plain", "stack"]) {
      const cause = await thrown(way);
      expect(cause).toBeInstanceOf(TypeError);
      expect(cause).toMatchObject({ name: "TypeError", message: "odd", cause: inner });
    }
    expect(await thrown("field")).toMatchObject({ code: "EODD", cause: inner });
    expect(await thrown("value")).toEqual({ a: [1, "b"] });
    const missing = Dataset.from([{ image: "/nowhere/a.nii" }]).pipe(op.load(["image"]), op.parallel(onThreads(1)));
    await expect(missing.toArray()).rejects.toMatchObject({ cause: { code: "ENOENT", syscall: "open" } });
  });

  test("names the file", async () => {
    const dataset = Dataset.from([{ image: "/nowhere/a.nii" }]).pipe(op.load(["image"]), op.parallel(onThreads(1)));
    await expect(dataset.toArray()).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING", file: "/nowhere/a.nii" });
  });

  test.each([1, 2])("is skipped by onError like any other, with %i workers", async (workers) => {
    const items = Array.from({ length: 9 }, (_, n) => (n % 3 === 1 ? { n, fault: "throws" } : { n }));
    const dataset = Dataset.from(items).pipe(
      own.faulty({}),
      op.parallel(onThreads(workers)),
      op.onError({ skip: true, maxItems: 10, onSkip: () => undefined }),
    );
    expect((await dataset.toArray()).map(({ n }) => n)).toEqual([0, 2, 3, 5, 6, 8]);
  });

  test.each([0, 1])(
    "comes once where a run continues in an item that fails by now, with %i workers",
    async (workers) => {
      let isGone = false;
      const read = (item: { name: string; image: Volume }) => {
        if (item.name === "b" && isGone) throw new Error("gone");
        return item;
      };
      const image = new Volume({ data: new Uint8Array(8), shape: [1, 2, 2, 2] });
      const failed: (string | undefined)[] = [];
      const dataset = Dataset.from(["a", "b", "c"].map((name) => ({ name, image }))).pipe(
        op.map(read),
        own.halves({ keys: "image" }),
        op.parallel(onThreads(workers)),
        op.onError({ skip: true, maxItems: 9, onSkip: ({ item }) => void failed.push(item) }),
      );
      const run = dataset.iterate();
      for (let n = 0; n < 3; n++) await run.next();
      const from = run.checkpoint();
      await run.return();
      isGone = true;
      const names: string[] = [];
      for await (const { name } of dataset.iterate({ from })) names.push(name);
      expect(names).toEqual(["c", "c"]);
      expect(failed).toEqual(["1"]);
    },
  );
});

describe("a worker thread that dies", () => {
  test.each(["exits", "crashes"])(
    "(it %s) is replaced, and its item tried once more; then the error names it",
    async (fault) => {
      const items = Array.from({ length: 7 }, (_, n) => (n === 3 ? { n, fault } : { n }));
      const skipped: unknown[] = [];
      const dataset = Dataset.from(items).pipe(
        own.faulty({}),
        op.parallel(onThreads(2)),
        op.onError({ skip: true, maxItems: 10, onSkip: (error) => void skipped.push(error) }),
      );
      expect((await dataset.toArray()).map(({ n }) => n)).toEqual([0, 1, 2, 4, 5, 6]);
      expect(skipped).toMatchObject([{ code: "VOXRX_WORKER_DIED", item: "3", operator: "parallel" }]);
      expect(String(skipped[0])).toMatch(/last reported \d+ MiB of memory/);
    },
  );

  test("once only costs nothing but time", async () => {
    await using folder = await temporaryFolder();
    const items = Array.from({ length: 5 }, (_, n) => (n === 2 ? { n, dies: true } : { n }));
    const dataset = Dataset.from(items).pipe(
      own.diesOnce({ mark: join(folder.path, "died") }),
      op.parallel(onThreads(2)),
    );
    expect(await dataset.toArray()).toEqual(items);
  });

  test("in the middle of an item's parts gives each part once", async () => {
    await using folder = await temporaryFolder();
    const images = [0, 10, 20].map((from) => {
      return { image: new Volume({ data: Uint8Array.from({ length: 4 }, (_, n) => from + n), shape: [1, 4, 1, 1] }) };
    });
    const dataset = Dataset.from(images).pipe(
      own.dyingParts({ keys: "image", mark: join(folder.path, "died") }),
      op.parallel(onThreads(2)),
    );
    const parts = await dataset.toArray();
    expect(parts.map(({ image }) => image.get(0, 0, 0, 0))).toEqual([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
  });
});

test("a program that is not there is named", async () => {
  const dataset = Dataset.from([{ n: 0 }]).pipe(
    own.noteThread({}),
    op.parallel({ ...onThreads(1), program: "file:///nowhere/worker.js" }),
  );
  await expect(dataset.toArray()).rejects.toMatchObject({ code: "VOXRX_NO_WORKERS", operator: "parallel" });
});
