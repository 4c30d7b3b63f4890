import { expect, test, vi } from "vitest";
import { onWarning, type Warning } from "voxrx";
import { storeOver } from "voxrx/extend";
import { warn } from "../src/warnings.ts";

test("a warning goes to process.emitWarning with its code, or in its place to all who listen", () => {
  const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const heard: Warning[][] = [[], []];
  const warning: Warning = { code: "VOXRX_STORE_DAMAGED", message: "an entry is damaged", detail: "See stats()." };
  const unsubscribe = heard.map((list) => onWarning((given) => list.push(given)));
  warn(warning);
  expect(emitted).not.toHaveBeenCalled();
  unsubscribe[0]?.();
  warn(warning);
  expect(heard).toEqual([[warning], [warning, warning]]);
  unsubscribe[1]?.();
  warn(warning);
  expect(emitted.mock.calls).toEqual([
    ["an entry is damaged", { code: "VOXRX_STORE_DAMAGED", detail: "See stats()." }],
  ]);
  emitted.mockRestore();
});

test("a store warns of its first damaged entry, and only of that", async () => {
  const heard: Warning[] = [];
  const unsubscribe = onWarning((warning) => heard.push(warning));
  const entries = new Map<string, Uint8Array>();
  await using store = storeOver({
    name: "mapStore",
    get: (key) => entries.get(key),
    set: (key, bytes) => entries.set(key, bytes),
    delete: (key) => entries.delete(key),
    list: () => Array.from(entries, ([id, { length }]) => ({ id, size: length })),
  });
  for (const key of ["a", "b"]) await store.set(key, { value: 1, files: [] });
  for (const key of entries.keys()) entries.set(key, new Uint8Array(8));
  for (const key of ["a", "b"]) expect(await store.get(key)).toBeUndefined();
  unsubscribe();
  expect(heard).toMatchObject([{ code: "VOXRX_STORE_DAMAGED", message: expect.stringContaining("mapStore: entry a") }]);
});

test("a printed warning controls no terminal; a listener gets the text as it is", () => {
  const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const warning: Warning = { code: "VOXRX_STORE_DAMAGED", message: "entry \x1b[2J\nok", detail: "of \u009b" };
  warn(warning);
  expect(emitted.mock.calls).toEqual([["entry \\x1b[2J\\nok", { code: "VOXRX_STORE_DAMAGED", detail: "of \\x9b" }]]);
  emitted.mockRestore();
  const heard: Warning[] = [];
  const unsubscribe = onWarning((given) => heard.push(given));
  warn(warning);
  unsubscribe();
  expect(heard).toEqual([warning]);
});
