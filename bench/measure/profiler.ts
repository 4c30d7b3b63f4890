/** Where the main thread spends its time, function by function. */
import type { Profiler as Inspector } from "node:inspector";
import { Session } from "node:inspector/promises";
import type { Profile } from "./answers.ts";

/** What V8 calls the time that no function takes. */
const words: Readonly<Record<string, string>> = {
  "(garbage collector)": "garbage collection",
  "(idle)": "waiting",
  "(program)": "native code",
};

/** A profile of this thread, from `start` to `stop`. */
export class Profiler {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async start(): Promise<Profiler> {
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: 250 });
    await session.post("Profiler.start");
    return new Profiler(session);
  }

  async stop(): Promise<Profile> {
    const { profile } = await this.#session.post("Profiler.stop");
    this.#session.disconnect();
    return sharesOf(profile);
  }
}

/** A profile as V8 gives it, or writes it with `--cpu-prof`. */
type CpuProfile = Pick<Inspector.Profile, "nodes" | "samples" | "timeDeltas">;

/** The functions that took most of a profile, each with its own share of the time. */
export function sharesOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile, most = 8): Profile {
  const names = namesOf(nodes);
  const spent = new Map<string, number>();
  let total = 0;
  for (const [n, id] of samples.entries()) {
    const [time, name] = [timeDeltas[n] ?? 0, names.get(id)];
    if (name === undefined) continue;
    total += time;
    spent.set(name, (spent.get(name) ?? 0) + time);
  }
  const shares = Array.from(spent, ([name, time]) => ({ name, share: time / total }));
  return shares.sort((a, b) => b.share - a.share).slice(0, most);
}

/** What the nodes of a profile are called; those of the profiler itself have no name. */
function namesOf(nodes: CpuProfile["nodes"]): Map<number, string> {
  const [byId, parents] = [new Map(nodes.map((node) => [node.id, node])), new Map<number, number>()];
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  const names = new Map<number, string>();
  for (const { id, callFrame } of nodes) {
    if (callFrame.functionName === "(root)" || callFrame.url.startsWith("node:inspector")) continue;
    let named = byId.get(id);
    while (named && named.callFrame.functionName === "") named = byId.get(parents.get(named.id) ?? 0);
    // The bundler adds a number to names that several files have.
    const name = (named?.callFrame.functionName ?? "").replace(/\$\d+$/, "");
    names.set(id, named?.id === id ? (words[name] ?? name) : `a function of ${name === "(root)" ? "no name" : name}`);
  }
  return names;
}
