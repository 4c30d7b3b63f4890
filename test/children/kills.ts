/**
 * A process that does a work and is killed within it. Arguments: the work, its directory, its options, and the draws
 * that say where to kill (empty: nowhere). The work is done first in a copy of the directory to count its calls and
 * messages. Says `{ ready }` with the place, waits for a message, and says `{ said }` as the work goes on.
 */
import { cp } from "node:fs/promises";
import { thisProcess } from "../../src/files/process-identity.ts";
import { type Work, type WorkName, type WorkOptions, works } from "../support/kill-works.ts";
import { type CallKind, callKinds, countedCalls, killAt, watchCalls } from "../support/system-calls.ts";

const [name = "", dir = "", options = "{}", draws = ""] = process.argv.slice(2);
const work: Work = await works[name as WorkName]();
const given: WorkOptions = JSON.parse(options);
const send = (message: unknown) => new Promise<void>((done) => process.send?.(message, undefined, {}, () => done()));

/** Where the process is killed, counted from 1. */
interface Point {
  readonly kind: CallKind | "message";
  readonly n: number;
  readonly of: number;
  readonly isHalf: boolean;
}

async function drawnPoint(kindDraw: number, nDraw: number, halfDraw: number): Promise<Point> {
  const copy = `${dir}-${process.pid}`;
  await cp(dir, copy, { recursive: true, preserveTimestamps: true });
  await watchCalls();
  countedCalls();
  let messages = 0;
  await work(copy, given, () => void messages++);
  const calls = countedCalls();
  const kinds = [...callKinds.filter((kind) => calls.has(kind)), "message"] as const;
  const kind = kinds[Math.floor(kindDraw * kinds.length)] ?? "message";
  const of = kind === "message" ? messages : (calls.get(kind) ?? 0);
  return { kind, n: 1 + Math.floor(nDraw * of), of, isHalf: kind === "write" && halfDraw < 0.5 };
}

const [kindDraw, nDraw, halfDraw] = draws.split(" ").map(Number);
const point = draws === "" ? undefined : await drawnPoint(kindDraw ?? 0, nDraw ?? 0, halfDraw ?? 0);
await send({ ready: point ?? null });
await new Promise((go) => process.once("message", go));
if (point && point.kind !== "message") killAt({ ...point, kind: point.kind });
const headers = { "x-process": JSON.stringify(thisProcess()) };
await work(dir, { ...given, headers }, (said) => void send({ said }));
await send("end");
process.disconnect();
