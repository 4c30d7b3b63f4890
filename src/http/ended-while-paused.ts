/**
 * Keeps undici 7 from ending the process: where a server closes the connection after a response while the reader is
 * behind, its parser is paused when the socket ends, and an assertion throws in an event that nobody can catch
 * (https://github.com/nodejs/undici/issues/5360, corrected only in undici 8, which needs Node 22).
 */
import type { Duplex } from "node:stream";
import type { buildConnector, Dispatcher, Pool } from "undici";

type Connect = buildConnector.connector;
type Undici = Pick<typeof import("undici"), "buildConnector" | "Pool">;

/** The `factory` of agents: connections to servers, directly and through proxies. */
export function poolsThatEndWell({
  buildConnector,
  Pool,
}: Undici): (origin: string | URL, options: object) => Dispatcher {
  return (origin, options: Pool.Options) => {
    const { connect } = options;
    return new Pool(origin, {
      ...options,
      connect: resumingAtEnd(isConnect(connect) ? connect : buildConnector(connect)),
    });
  };
}

/** Those of agents and proxies are functions. */
function isConnect(connect: Pool.Options["connect"]): connect is Connect {
  return typeof connect === "function";
}

/** All bytes have been parsed when the socket ends, so the parser can go on; the body holds them until they are read. */
function resumingAtEnd(connect: Connect): Connect {
  return (options, callback) => {
    connect(options, (...result) => {
      const [, socket] = result;
      // Before undici listens, so before its parser is asked to finish.
      socket?.once("end", () => resumeParser(socket));
      callback(...result);
    });
  };
}

function resumeParser(socket: Duplex): void {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "parser");
  const parser: unknown = symbol && Reflect.get(socket, symbol);
  if (isPausable(parser) && parser.paused) parser.resume();
}

interface Pausable {
  readonly paused: boolean;
  resume(): void;
}

function isPausable(value: unknown): value is Pausable {
  if (typeof value !== "object" || value === null) return false;
  return (
    "paused" in value && typeof value.paused === "boolean" && "resume" in value && typeof value.resume === "function"
  );
}
