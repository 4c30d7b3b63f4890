import { lmdbStore, Volume } from "./src/index.ts";
import { rmSync, writeFileSync } from "node:fs";
const dir = "/tmp/tfs/s1";
let store = lmdbStore(dir);
const volume = (mb: number) => new Volume({ data: new Uint8Array(mb << 20).fill(3), shape: [1, mb, 1024, 1024] });
const say = async (n: string, w: () => Promise<unknown>) => { const t = performance.now(); const r = await Promise.race([w().then((v) => JSON.stringify(v, (k, v) => v?.shape ? "vol" : v) ?? "ok", (e) => e.code + " " + e.message), new Promise((r) => setTimeout(r, 15000, "HANG").unref())]); console.log(n, r, Math.round(performance.now() - t)); };
await say("set 1", () => store.set("one", { value: volume(1), files: [] }));
await say("set 12", () => store.set("a", { value: volume(12), files: [] }));
await say("set 1b", () => store.set("two", { value: volume(1), files: [] }));
await say("close", () => store.close());
store = lmdbStore(dir);
await say("get", () => store.get("one"));
await say("set 1c", () => store.set("three", { value: volume(1), files: [] }));
await say("stats", () => store.stats());
writeFileSync("/tmp/tfs/fill", Buffer.alloc(0)); try { writeFileSync("/tmp/tfs/fill", Buffer.alloc(9 << 20)); } catch (e: any) { console.log("filled", e.code); }
await say("set on full", () => store.set("four", { value: volume(1), files: [] }));
await say("clear on full", () => store.clear());
await say("stats", () => store.stats());
await say("close", () => store.close());
