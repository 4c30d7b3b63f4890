import { map as rxMap } from "rxjs";
import { Dataset } from "voxrx";
import { map } from "voxrx/operators";
import type { IndexedOperator } from "voxrx";
declare function m2<A, B>(fn: (item: A) => B): IndexedOperator<A, B>;
declare function m3<A, B>(fn: (item: A) => B): (s: import("rxjs").Observable<A>) => Dataset<B>;
const ix = Dataset.from([1, 2, 3]);
const ds: Dataset<number> = ix;
export const a = ds.pipe(map((n) => n * 2), map((n) => n + 1));
export const b = ix.pipe(m2((n) => n * 2), m2((n) => n + 1));
export const b2 = ix.pipe(map((n) => n * 2), map((n) => n + 1));
export const b3 = ix.pipe(map((n) => n * 2), map(async (n) => n + 1), map((n) => n.toFixed()));
export const c = ds.pipe(m3((n) => n * 2), m3((n) => n + 1));
export const e = ds.pipe(rxMap((n) => n * 2), rxMap((n) => n + 1));
export const f = ix.pipe(rxMap((n) => n * 2), map((n) => n + 1), map((n) => n.toFixed()));
export const g = ds.pipe(map((n) => n * 2), rxMap((n) => n + 1), map((n) => n.toFixed()), map((s) => s.length));
export const h: Dataset<number> = ds.pipe(map((n) => ({ n })), rxMap(({ n }) => ({ m: n })), rxMap(({ m }) => m.toFixed()), map((s) => s.length));
import { load2 } from "./try2.ts";
export const i = Dataset.from([{ image: "a", id: 3 }]).pipe(load2(["image"]), map((x) => x.image.dtype));
export const j = i.length;
import { orient } from "./try2.ts";
export const k = Dataset.from([{ image: "a", id: 3 }]).pipe(load2(["image"]), orient({ keys: "image" }), orient({ keys: ["image"] }), map((x) => x.image.get(1, 2, 3)));
// @ts-expect-error wrong key
export const l = Dataset.from([{ image: "a", id: 3 }]).pipe(load2(["label"]));
// @ts-expect-error wrong key
export const l2 = Dataset.from([{ image: "a", id: 3 }]).pipe(load2(["image"]), orient({ keys: "label" }));
export const gg: Dataset<number> = g;
