import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lmdbStore, memoryStore, type Store } from "voxrx";
import { storeOver } from "voxrx/extend";
import { identifyUrl } from "../../src/http/identify-url.ts";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";

function mapStore(): Store {
  const map = new Map<string, Uint8Array>();
  return storeOver({
    name: "mapStore",
    get: (id) => map.get(id),
    set: (id, bytes) => map.set(id, bytes),
    delete: (id) => map.delete(id),
    list: () => Array.from(map, ([id, { length }]) => ({ id, size: length })),
  });
}

describe.each<[string, (dir: string) => Store]>([
  ["memoryStore", () => memoryStore()],
  ["lmdbStore", (dir) => lmdbStore(join(dir, "store"))],
  ["storeOver", mapStore],
])("%s: an entry whose file can't be looked at now", (_, storeIn) => {
  test("is not used, and is not lost", async () => {
    await using folder = await temporaryFolder();
    await using store = storeIn(folder.path);
    const files = { "/a.nii": { body: Buffer.from("abc"), etag: '"1"' } };
    const server = await serveFiles(files);
    const file = await identifyUrl(`${server.origin}/a.nii`);
    await store.set("a", { value: 1, files: [file] });
    await server[Symbol.asyncDispose]();

    const failing = async () => Promise.reject(new Error("no server"));
    await expect(store.getOrCompute({ id: "a", compute: failing })).rejects.toThrow("no server");
    expect(await store.prune()).toMatchObject({ dropped: 0 });

    await using _again = await serveFiles(files, Number(new URL(server.origin).port));
    expect(await store.get("a")).toMatchObject({ value: 1 });
  });
});
