/** Measures one workload on all sides in turn. */
import { loadavg } from "node:os";
import type { Scans } from "../data/scans.ts";
import type { Peer } from "../peer/find-peer.ts";
import type { Compared, Line, Times } from "../report/line.ts";
import type { Sample, Summary } from "./answers.ts";
import { type Budget, measureInTurn, type Rounds, ratioOf } from "./rounds.ts";
import type { Side } from "./side.ts";
import type { Workload } from "./workload.ts";

/** Who measures, and for how long. */
export interface Sides {
  readonly voxrx: Side;
  /** Another build, with its name. */
  readonly other?: { readonly side: Side; readonly name: string } | undefined;
  readonly peer: Peer;
  readonly scans: Scans;
  readonly short: boolean;
}

type Way = "voxrx" | "limit" | "other" | "peer";

/** Measures a workload; what fails is said in the line. */
export async function measureLine(workload: Workload, sides: Sides): Promise<Line> {
  const { name, group, limit } = workload;
  // Targets and peers are for scans of full size.
  const targets = sides.short ? [] : (workload.targets ?? []);
  const sampleMs = sides.short ? 40 : 150;
  const base = { name, group };
  const unmet = targets.map(({ text }) => ({ text }));
  let summary: Summary;
  try {
    summary = await sides.voxrx.prepare(name);
  } catch (error) {
    return { ...base, error: messageOf(error), load: load(), targets: unmet };
  }
  const ways = new Map<Way, () => Promise<Sample>>([["voxrx", () => sides.voxrx.sample("run", sampleMs)]]);
  if (limit !== undefined) ways.set("limit", () => sides.voxrx.sample("limit", sampleMs));
  const other = sides.other && (await prepared(sides.other.side, name, sides.other.name));
  if (sides.other && !other?.missing) ways.set("other", () => sampleOf(sides.other?.side, sampleMs));
  const beside = await preparedPeer(sides, workload, summary);
  if (beside && !beside.missing) ways.set("peer", () => sampleOf(sides.peer.side, sampleMs));
  // Compilers need a second call, after that of prepare; the peer has none.
  if (!workload.ownProcess) for (const [name, way] of ways) if (name !== "peer") await way();
  const rounds = await measureInTurn(ways, budgetOf(workload, sides.short));
  const ours = rounds.get("voxrx");
  if (!ours) throw new Error("the workload itself was not measured");
  const compared = (way: Way, given: Compared | undefined) => given && { ...given, ...ratios(ours, rounds.get(way)) };
  const line = {
    ...base,
    voxrx: timesOf(ours),
    ...(limit === undefined ? {} : { limit: compared("limit", { what: limit }) }),
    ...(other ? { other: compared("other", other) } : {}),
    ...(beside ? { peer: compared("peer", beside) } : {}),
    load: load(),
  };
  const judged = targets.map(({ text, isMet }) => {
    const met = isMet(line);
    return { text, ...(met === undefined ? {} : { isMet: met }) };
  });
  return {
    ...line,
    targets: judged,
    ...(sides.short ? {} : { profile: await sides.voxrx.profile(4 * sampleMs) }),
  };
}

function budgetOf({ once = false }: Workload, short: boolean): Budget {
  if (once) return { rounds: 1, atLeast: 1, seconds: 0 };
  return short ? { rounds: 7, atLeast: 3, seconds: 2 } : { rounds: 7, atLeast: 3, seconds: 5 };
}

/** Prepares a side; says why if it can't. */
async function prepared(side: Side, work: unknown, what: string): Promise<Compared & { summary?: Summary }> {
  try {
    return { what, summary: await side.prepare(work) };
  } catch (error) {
    return { what, missing: messageOf(error) };
  }
}

async function preparedPeer(
  { peer, scans, short }: Sides,
  workload: Workload,
  ours: Summary,
): Promise<Compared | undefined> {
  const work = short ? undefined : workload.peer?.(scans);
  if (!work) return undefined;
  if (!peer.side) return { what: work.by, missing: peer.missing };
  const { what, missing, summary } = await prepared(peer.side, work, work.by);
  const differs = summary && difference(ours, summary, workload.draws ?? false);
  return { what, ...(missing === undefined ? {} : { missing }), ...(differs === undefined ? {} : { differs }) };
}

function sampleOf(side: Side | undefined, sampleMs: number): Promise<Sample> {
  if (!side) throw new Error("there is no such side");
  return side.sample("run", sampleMs);
}

/** What differs between the results of both sides: where something is drawn, values do, and all else must not. */
function difference(ours: Summary, theirs: Summary, draws: boolean): string | undefined {
  if (ours.mean === undefined || theirs.mean === undefined) return undefined;
  if (ours.samples !== theirs.samples) return `${ours.samples} samples and ${theirs.samples}`;
  const isClose = Math.abs(ours.mean - theirs.mean) <= 0.01 * Math.abs(theirs.mean) + 1e-6;
  return isClose || draws ? undefined : `means ${ours.mean.toPrecision(4)} and ${theirs.mean.toPrecision(4)}`;
}

function ratios(ours: Rounds, theirs: Rounds | undefined) {
  if (!theirs) return {};
  return { times: timesOf(theirs), wallRatio: ratioOf(theirs, ours), cpuRatio: ratioOf(theirs, ours, "cpuMs") };
}

function timesOf({ samples, ...times }: Rounds): Times {
  return { ...times, rounds: samples.length };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function load(): number {
  return loadavg()[0] ?? 0;
}
