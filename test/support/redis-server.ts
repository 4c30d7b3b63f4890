/** Redis servers of tests: processes of their own that keep nothing on disk. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { Redis } from "ioredis";

const program = "redis-server";

/** Whether a server can be started here. */
export const hasRedis = spawnSync(program, ["--version"]).status === 0;

/** A port that is free, and on which nobody answers. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** See the file. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(further: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start(further);
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, empty, and waits until it answers; with further options, as redis.conf has them. */
  async start(further: Readonly<Record<string, string>> = {}): Promise<void> {
    const usual = { port: this.port, bind: "127.0.0.1", save: "", appendonly: "no", dir: tmpdir() };
    const options = { ...usual, ...further };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let log = "";
      child.stdout.on("data", (chunk) => {
        log += String(chunk);
        if (log.includes("Ready to accept connections")) resolve();
      });
      child.once("exit", () => reject(new Error(log)));
    });
    child.stdout.resume();
  }

  /** Sends it one command, and waits for the answer. It may still load its data. */
  async command(name: string, ...args: readonly string[]): Promise<unknown> {
    const client = new Redis(this.url, { maxRetriesPerRequest: 0, enableReadyCheck: false });
    try {
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }

  /** Ends it at once, as a machine that loses power. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
