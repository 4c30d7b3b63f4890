import type { Duplex } from "node:stream";
import type { buildConnector } from "undici";

/**
 * Connects as `connect` does, and keeps undici 7 from ending the process: where a server closes the connection after a
 * response while the reader is behind, its parser is paused when the socket ends, and an assertion throws in an event
 * that nobody can catch (https://github.com/nodejs/undici/issues/5360, corrected only in undici 8, which needs Node 22).
 * All bytes have been parsed by then, so the parser can go on; the body holds them until they are read.
 */
export function resumingAtEnd(connect: buildConnector.connector): buildConnector.connector {
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
