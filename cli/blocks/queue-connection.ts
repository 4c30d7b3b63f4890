/** The connection to the Redis server of a queue. It is kept up: a server that is lost is looked for until it is back. */
import type { Redis } from "ioredis";
import { onAbort } from "../../src/async/on-abort.ts";
import { FormatError, messageOf, PipelineError } from "../../src/errors.ts";
import { loadedOnUse } from "../../src/files/load-module.ts";
import { shownUrl } from "../../src/shown-url.ts";
import { UsageError } from "../new-command.ts";

const load = loadedOnUse(() => Promise.all([import("bullmq"), import("ioredis")]));

/** BullMQ, and what it connects by. @throws FormatError `VOXRX_MISSING_LIBRARY` */
export async function queueLibraries(): Promise<typeof import("bullmq") & { readonly Redis: typeof Redis }> {
  try {
    const [bullmq, { Redis }] = await load();
    return { ...bullmq, Redis };
  } catch (cause) {
    throw new FormatError("VOXRX_MISSING_LIBRARY", "a queue needs the libraries bullmq and ioredis", {
      cause,
      remedy: "Install them: npm install bullmq ioredis",
    });
  }
}

/** Longest time between two attempts to reach the server, in ms. */
const mostRetryMs = 2_000;
/** A server that does not answer for this long counts as lost, in ms. */
const silenceMs = 30_000;
/** How long a connection may take to end in good order, in ms. */
const partingMs = 1_000;

/** See the file. */
export class QueueConnection {
  readonly client: Redis;
  /** The URL as it may be shown. */
  readonly shown: string;
  /** By the clock of this process that only goes forward; undefined while connected. */
  #lostAt: number | undefined;
  /** When the server was asked for a sign of life that it has not given yet. */
  #askedAt: number | undefined;
  #isClosed = false;

  private constructor(client: Redis, shown: string) {
    this.client = client;
    this.shown = shown;
  }

  /**
   * @param patienceMs how long a server is looked for that can't be reached
   * @throws UsageError if the URL is not one of Redis
   * @throws PipelineError `VOXRX_QUEUE_UNREACHABLE`
   * @throws FormatError `VOXRX_MISSING_LIBRARY`
   */
  static async open(url: string, patienceMs: number, signal?: AbortSignal): Promise<QueueConnection> {
    const shown = shownUrl(url);
    // Of a password with a # that is not written as %23, the rest would be taken for the host.
    if (!isRedisUrl(url))
      throw new UsageError(
        "--queue: expected redis://host:6379 or rediss://user:password@host:6379/0, with %23 for # and %40 for @ in a password",
      );
    const { Redis } = await queueLibraries();
    const client = new Redis(url, {
      lazyConnect: true,
      connectTimeout: 5_000,
      keepAlive: 10_000,
      // Commands wait until the server is back: a worker has few of them at a time.
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(50 * 2 ** times, mostRetryMs),
    });
    try {
      await untilReady(client, patienceMs, signal);
    } catch (error) {
      client.disconnect();
      signal?.throwIfAborted();
      throw unreachable(shown, `can't be reached: ${messageOf(error).replace(/\.+$/, "")}`);
    }
    const connection = new QueueConnection(client, shown);
    client.on("close", () => {
      connection.#lostAt ??= performance.now();
      connection.#askedAt = undefined;
    });
    return connection;
  }

  /** Calls functions each time the server is lost, and when it is back. */
  watch({ onLost, onBack }: { readonly onLost: () => void; readonly onBack: () => void }): void {
    this.client.on("close", () => void (this.#isClosed || onLost()));
    this.client.on("ready", () => {
      this.#lostAt = undefined;
      onBack();
    });
  }

  get isReady(): boolean {
    return this.client.status === "ready";
  }

  /** How long the server has been lost, in ms; 0 while it is connected. */
  get lostMs(): number {
    return this.#lostAt === undefined ? 0 : performance.now() - this.#lostAt;
  }

  /** Asks for a sign of life: a connection whose other end is gone may look as if it were there. To be called now and then. */
  check(): void {
    if (!this.isReady) return;
    const now = performance.now();
    if (this.#askedAt === undefined) {
      this.#askedAt = now;
      const answered = () => {
        this.#askedAt = undefined;
      };
      this.client.ping().then(answered, answered);
    } else if (now - this.#askedAt > silenceMs) this.client.disconnect(true);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.isReady) await within(partingMs, this.client.quit());
    this.client.disconnect();
  }
}

/** The error of a server that can't be used. */
export function unreachable(shown: string, fault: string): PipelineError {
  return new PipelineError("VOXRX_QUEUE_UNREACHABLE", `the Redis server ${shown} ${fault}`, {
    remedy:
      "Start it, or correct --queue. Without a server, --claim divides the blocks by files in the output directory.",
  });
}

/** Waits until work has ended, in whatever way, but not longer than `ms`. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([elapsed, work.catch(() => undefined)]);
  clearTimeout(timer);
}

async function untilReady(client: Redis, patienceMs: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  let last: Error | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    // Also for later: an error without a listener would end the process. The connection is tried again whatever it is.
    client.on("error", (error: Error) => {
      last = error;
      // The server has answered: a wrong password does not become right.
      if (error.name === "ReplyError") reject(error);
    });
    client.once("ready", () => client.ping().then(() => resolve(), reject));
    timer = setTimeout(() => reject(last ?? new Error("it does not answer")), patienceMs);
    if (signal) stop = onAbort(signal, () => reject(signal.reason));
    client.connect().catch(() => undefined); // told by the event, and tried again
  });
  await ready.finally(() => {
    clearTimeout(timer);
    stop();
  });
}

/** With a host, and as path at most the number of a database. */
function isRedisUrl(url: string): boolean {
  if (!/^rediss?:\/\/[^#]+$/.test(url) || !URL.canParse(url)) return false;
  const { hostname, pathname } = new URL(url);
  return hostname !== "" && /^(\/\d*)?$/.test(pathname);
}
