/**
 * Keeps undici 7 from ending the process: where a server closes or resets the connection after a response while the
 * reader is behind, its parser is paused when the socket ends, and an assertion throws in an event that nobody can catch
 * (https://github.com/nodejs/undici/issues/5360, corrected only in undici 8, which needs Node 22). And keeps it from
 * taking a body that a reset cut off for a whole one.
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
      connect: endingWell(isConnect(connect) ? connect : buildConnector(connect)),
    });
  };
}

/** Those of agents and proxies are functions. */
function isConnect(connect: Pool.Options["connect"]): connect is Connect {
  return typeof connect === "function";
}

function endingWell(connect: Connect): Connect {
  return (options, callback) => {
    connect(options, (...result) => {
      const [, socket] = result;
      // Before undici listens, so before its parser is asked to finish.
      socket?.once("end", () => resumeParser(socket));
      socket?.once("error", () => refuseToFinish(socket));
      callback(...result);
    });
  };
}

/** All bytes have been parsed when the socket ends, so the parser can go on; the body holds them until they are read. */
function resumeParser(socket: Duplex): void {
  const parser = parserOf(socket);
  if (parser?.paused) parser.resume();
}

/**
 * The parser finishes at a reset (ECONNRESET) if the connection was to be closed after the response, as if the server
 * had closed it in order: it fails if it is paused, and a body without a length ends early but well. For a connection
 * that was to be kept, the error is that of the body.
 */
function refuseToFinish(socket: Duplex): void {
  const parser = parserOf(socket);
  if (parser) parser.shouldKeepAlive = true;
}

function parserOf(socket: Duplex): Parser | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "parser");
  const parser: unknown = symbol && Reflect.get(socket, symbol);
  return isParser(parser) ? parser : undefined;
}

interface Parser {
  readonly paused: boolean;
  shouldKeepAlive: boolean;
  resume(): void;
}

function isParser(value: unknown): value is Parser {
  if (typeof value !== "object" || value === null) return false;
  return (
    "paused" in value &&
    typeof value.paused === "boolean" &&
    "shouldKeepAlive" in value &&
    typeof value.shouldKeepAlive === "boolean" &&
    "resume" in value &&
    typeof value.resume === "function"
  );
}
