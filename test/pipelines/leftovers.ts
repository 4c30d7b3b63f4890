/** What a process has open, beside what it had before. */
import { readdirSync, readlinkSync } from "node:fs";
import { turn } from "./ledger.ts";

/** What is open now, by kind. */
export interface Open {
  readonly resources: ReadonlyMap<string, number>;
  /** Number of file descriptors; undefined on systems that don't say. */
  readonly files: number | undefined;
  readonly exitListeners: number;
}

/** What the process has open now. */
export function openNow(): Open {
  const resources = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) resources.set(kind, (resources.get(kind) ?? 0) + 1);
  return { resources, files: openFiles(), exitListeners: exitListeners() };
}

/** Those of runs: that of the worker threads stays as long as there are any. */
function exitListeners(): number {
  return process.listeners("beforeExit").filter(({ name }) => name !== "endThreads").length;
}

/** Files and sockets, without what a worker thread reads while it starts. */
function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").map(targetOf).filter(isOfPipelines).length;
  } catch {
    return undefined;
  }
}

function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return ""; // closed in the meantime
  }
}

const isOfPipelines = (target: string) =>
  target !== "" && !/^(anon_inode|pipe):|\.([cm]?js|json|node|so(\.\d+)*)$/.test(target);

/** Requests to the system, which end by themselves and may take any time. */
const isRequest = (kind: string) => /^FS|Close|ZlibStream|Zlib|Immediate$/i.test(kind) && kind !== "FSEvent";

/**
 * What is left after the event loop has turned as often as anything needs that may still end. Requests to the system
 * are waited for, however long they take.
 */
export async function leftovers(before: Open, isQuiet: () => boolean): Promise<string[]> {
  const most = 30;
  for (let turns = 0; turns < most; ) {
    await turn();
    const left = compared(before, openNow());
    if (left.length === 0 && isQuiet() && turns > 1) return [];
    if (!left.some(isRequest) || left.some((kind) => !isRequest(kind))) turns++;
  }
  return compared(before, openNow());
}

function compared(before: Open, now: Open): string[] {
  const left: string[] = [];
  for (const [kind, count] of now.resources) if (count > (before.resources.get(kind) ?? 0)) left.push(kind);
  if (left.length === 0 && (now.files ?? 0) > (before.files ?? 0)) left.push("file descriptor");
  if (now.exitListeners > before.exitListeners) left.push("listener of beforeExit");
  return left;
}
