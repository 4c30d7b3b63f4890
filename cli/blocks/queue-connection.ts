/** The connection to the Redis server of a queue. It is kept up: a server that is lost is looked for until it is back. */
import type { Redis } from "ioredis";
import { onAbort } from "../../src/async/on-abort.ts";
import { FormatError, messageOf, PipelineError } from "../../src/errors.ts";
import { loadedOnUse } from "../../src/files/load-module.ts";
import { shownUrl } from "../../src/shown-url.ts";
import { warn } from "../../src/warnings.ts";
import { UsageError } from "../new-command.ts";
import { isLastingRefusal, refusedBy } from "./queue-refusals.ts";

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

interface ConnectionListeners {
  readonly onLost: () => void;
  readonly onBack: () => void;
  readonly onError: (error: Error) => void;
}

interface Patience {
  /** How long a server is looked for that can't be reached. */
  readonly patienceMs: number;
  /** How long one is waited for that loads its data. */
  readonly loadingMs: number;
}

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
  #hasToldLoading = false;

  private constructor(client: Redis, shown: string) {
    this.client = client;
    this.shown = shown;
  }

  /**
   * @throws UsageError if the URL is not one of Redis
   * @throws PipelineError `VOXRX_QUEUE_UNREACHABLE`, `VOXRX_QUEUE_REFUSED`
   * @throws FormatError `VOXRX_MISSING_LIBRARY`
   */
  static async open(url: string, patience: Patience, signal?: AbortSignal): Promise<QueueConnection> {
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
      maxLoadingRetryTime: mostRetryMs,
      retryStrategy: (times) => Math.min(50 * 2 ** times, mostRetryMs),
      // After a failover, its name may lead to another server. Whose command it was may keep the answer to itself.
      reconnectOnError: (error) => {
        const isReplica = error.message.startsWith("READONLY");
        if (isReplica) client.emit("error", error);
        return isReplica;
      },
    });
    const connection = new QueueConnection(client, shown);
    try {
      await untilReady(client, { ...patience, onLoading: () => connection.#tellLoading() }, signal);
    } catch (error) {
      client.disconnect();
      signal?.throwIfAborted();
      throw refusedBy(shown, error) ?? unreachable(shown, `can't be reached: ${messageOf(error).replace(/\.+$/, "")}`);
    }
    client.on("close", () => {
      connection.#lostAt ??= performance.now();
      connection.#askedAt = undefined;
    });
    return connection;
  }

  /** Calls functions each time the server is lost, when it is back, and with errors of connections. */
  watch({ onLost, onBack, onError }: ConnectionListeners): void {
    this.client.on("close", () => void (this.#isClosed || onLost()));
    this.client.on("ready", () => {
      this.#lostAt = undefined;
      onBack();
    });
    this.client.on("error", onError);
    // BullMQ makes a second connection. When it has closed it, nobody listens any more, and ioredis would print errors.
    const duplicate = this.client.duplicate.bind(this.client);
    this.client.duplicate = (options) => duplicate(options).on("error", onError);
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
    if (!this.isReady && !this.#hasToldLoading)
      void loads(this.client).then((isLoading) => isLoading && this.#tellLoading());
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

  #tellLoading(): void {
    if (this.#hasToldLoading) return;
    this.#hasToldLoading = true;
    warn({
      code: "VOXRX_QUEUE_WAITS",
      message: `the Redis server ${this.shown} loads its data after a start: this worker waits until it has`,
    });
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

async function untilReady(
  client: Redis,
  { patienceMs, loadingMs, onLoading }: Patience & { readonly onLoading: () => void },
  signal: AbortSignal | undefined,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  let last: Error | undefined;
  const begun = performance.now();
  const ready = new Promise<void>((resolve, reject) => {
    // Also for later: an error without a listener would end the process. The connection is tried again whatever it is.
    client.on("error", (error: Error) => {
      last = error;
      // The server has answered: a wrong password does not become right.
      if (isLastingRefusal(error)) reject(error);
    });
    client.once("ready", () => client.ping().then(() => resolve(), reject));
    const giveUp = async () => {
      if (!(await loads(client))) return reject(last ?? new Error("it does not answer"));
      const waitedMs = performance.now() - begun;
      if (waitedMs >= loadingMs) return reject(new Error("it is still loading its data"));
      onLoading();
      timer = setTimeout(giveUp, Math.min(patienceMs, loadingMs - waitedMs));
    };
    timer = setTimeout(giveUp, patienceMs);
    if (signal) stop = onAbort(signal, () => reject(signal.reason));
    client.connect().catch(() => undefined); // told by the event, and tried again
  });
  await ready.finally(() => {
    clearTimeout(timer);
    stop();
  });
}

/** Whether the server answers, and loads its data or has just done so: ioredis waits for that without a word. */
async function loads(client: Redis): Promise<boolean> {
  if (client.status !== "connect") return false;
  let text = "";
  await within(
    partingMs,
    client.info("persistence").then((answer) => void (text = answer)),
  );
  return /^loading:/m.test(text);
}

/** With a host, and as path at most the number of a database. */
function isRedisUrl(url: string): boolean {
  if (!/^rediss?:\/\/[^#]+$/.test(url) || !URL.canParse(url)) return false;
  const { hostname, pathname } = new URL(url);
  return hostname !== "" && /^(\/\d*)?$/.test(pathname);
}
