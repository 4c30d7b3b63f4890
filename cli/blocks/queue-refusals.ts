/**
 * What a Redis server answers when it is there and does not do what a queue asks: for a while, as a replica that is
 * about to become the primary, or until somebody changes something, as rights of a user.
 */
import { messageOf, PipelineError } from "../../src/errors.ts";
import { warn } from "../../src/warnings.ts";
import { formatSeconds } from "../write-output.ts";

/** A refusal that has not come again for this long is over, in ms. Workers try at least every ten seconds. */
const quietMs = 30_000;

/** What a server has refused. */
interface Refusal {
  /** The word that its answer begins with. */
  readonly kind: string;
  /** Its own words. */
  readonly words: string;
  /** Whether it stays until somebody changes something. */
  readonly isLasting: boolean;
  readonly remedy: string;
}

/** See the file. */
export class QueueRefusals {
  readonly #shown: string;
  readonly #patienceMs: number;
  readonly #told = new Set<string>();
  #latest: Refusal | undefined;
  /** The first one after which nothing went well, and the last one, by the clock of this process that only goes forward. */
  #since = 0;
  #last = Number.NEGATIVE_INFINITY;

  /**
   * @param shown the URL of the server as it may be shown
   * @param patienceMs how long refusals are waited out that may end by themselves
   */
  constructor(shown: string, patienceMs: number) {
    this.#shown = shown;
    this.#patienceMs = patienceMs;
  }

  /**
   * Notes a refusal, and warns of the first one of each kind. False for what is none.
   *
   * @param isBusy whether blocks are in work; otherwise what lasts ends the worker at once, which needs no warning
   */
  note(error: unknown, isBusy: boolean): boolean {
    const refusal = refusalOf(error);
    if (!refusal) return false;
    const now = performance.now();
    if (!this.#latest || now - this.#last > quietMs) this.#since = now;
    [this.#latest, this.#last] = [refusal, now];
    if (this.#told.has(refusal.kind) || (refusal.isLasting && !isBusy)) return true;
    this.#told.add(refusal.kind);
    const follows = refusal.isLasting
      ? "This worker ends when its blocks in work are done."
      : `Blocks in work go on, and this worker tries again for ${formatSeconds(this.#patienceMs / 1000)}.`;
    const message = `the Redis server ${this.#shown} refuses commands of the queue: ${refusal.words}. ${follows} ${refusal.remedy}`;
    warn({ code: "VOXRX_QUEUE_WAITS", message });
    return true;
  }

  /** The server has done what was asked: what it refused before is over. */
  clear(): void {
    this.#latest = undefined;
  }

  get isRefusing(): boolean {
    return this.#latest !== undefined && performance.now() - this.#last <= quietMs;
  }

  /**
   * The error of refusals that are not waited out any longer.
   *
   * @param since only what was refused after this time counts, by `performance.now()`
   */
  errorSince(since: number): PipelineError | undefined {
    if (!this.#latest || this.#last < since) return undefined;
    const ms = this.#last - this.#since;
    if (!this.#latest.isLasting && ms < this.#patienceMs) return undefined;
    return refused(this.#shown, this.#latest, this.#latest.isLasting ? "" : `, for ${formatSeconds(ms / 1000)}`);
  }
}

/** The error of a server that refuses what was asked; undefined if that is not what was thrown. */
export function refusedBy(shown: string, error: unknown): PipelineError | undefined {
  const refusal = refusalOf(error);
  return refusal && refused(shown, refusal, "", error);
}

/** Whether a server has answered that it refuses, and goes on to do so until somebody changes something. */
export function isLastingRefusal(error: unknown): boolean {
  return refusalOf(error)?.isLasting ?? false;
}

function refused(shown: string, { words, remedy }: Refusal, how: string, cause?: unknown): PipelineError {
  return new PipelineError(
    "VOXRX_QUEUE_REFUSED",
    `the Redis server ${shown} refuses commands of the queue${how}: ${words}`,
    { cause, remedy: `${remedy} Without a server, --claim divides the blocks by files in the output directory.` },
  );
}

/** Refusals that may end by themselves, and what else ends them. */
const passing: Readonly<Record<string, string>> = {
  LOADING: "It loads its data after a start: wait until it has.",
  READONLY: "It is a replica: give --queue the primary, or wait until this one has become it.",
  OOM: "Its memory is full: raise its maxmemory, or remove other data from it.",
  MISCONF: "It can't save its data: free space on its disk, or have it save nothing, since a queue needs no backup.",
  MASTERDOWN: "It is a replica without its primary: give --queue the primary.",
  CLUSTERDOWN: "Look after the cluster, or take a server that is not part of one.",
  NOREPLICAS: "It wants replicas before it writes: start them, or lower its min-replicas-to-write.",
  BUSY: "A script of somebody else keeps it busy: wait, or end that with SCRIPT KILL.",
  UNBLOCKED: "It has become a replica: give --queue the primary.",
};

const rights =
  "Give its user the rights: ACL SETUSER name ~bull:voxrx-* &* +@all -@dangerous +info. Or take another user in --queue.";
const password = "Put user and password before the host in --queue (user:password@host), with %23 for # and %40 for @.";
const otherServer = "Take a Redis server that is not part of a cluster.";

/** Refusals that stay, and what ends them. */
const lasting: Readonly<Record<string, string>> = {
  NOPERM: rights,
  NOAUTH: password,
  WRONGPASS: password,
  WRONGTYPE:
    "Something else has written to a key of the queue. Remove the keys that begin with bull: and its name, and start again: what is done is known from the output directory.",
  MOVED: otherServer,
  CROSSSLOT: otherServer,
};

/** Answers that begin with ERR. */
const described: readonly (readonly [RegExp, string])[] = [
  [/user executing the script can't/, rights],
  [/invalid password|AUTH/, password],
  [/unknown (redis )?command/i, "Take a Redis server, version 6.2 or newer, that has all commands."],
  [/DB index is out of range/i, "The number after the last slash of --queue is a database that it does not have."],
];

function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  // Of a script, the place in it follows.
  const words = messageOf(error)
    .replace(/ script: [0-9a-f]{40}\b.*$/s, "")
    .replace(/[.\s]+$/, "");
  // BullMQ looks at the version.
  if (words.startsWith("Redis version needs"))
    return { kind: "version", words, isLasting: true, remedy: "Take a newer Redis server." };
  if (error.name !== "ReplyError") return undefined;
  // Before Redis 7, errors in scripts begin with ERR, and have the word inside.
  const known = words.match(/\b[A-Z]{3,}\b/g)?.find((word) => word in lasting || word in passing);
  const kind = known ?? words.split(" ", 1)[0] ?? "";
  const [, byWords] = known === undefined ? (described.find(([pattern]) => pattern.test(words)) ?? []) : [];
  const forGood = lasting[kind] ?? byWords;
  if (forGood !== undefined) return { kind: byWords ? words : kind, words, isLasting: true, remedy: forGood };
  return { kind, words, isLasting: false, remedy: passing[kind] ?? "See the log of the server." };
}
