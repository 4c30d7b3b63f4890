/** A file server on the loopback interface that misbehaves as it is told. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What goes wrong with one request. Without one the file is served well. */
interface Fault {
  /** Answers with this status and no file. */
  readonly status?: number;
  /** The size that Content-Range gives for the whole file. Default: what it has. */
  readonly claimedSize?: number;
  /** Whether If-Range is passed over, as by a careless server. */
  readonly ignoresIfRange?: boolean;
  /** More headers, which replace the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Cuts the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Sends so many bytes of the body, then nothing, and leaves the connection open. */
  readonly stallAfter?: number;
  /** Takes the connection and never answers. */
  readonly silent?: boolean;
  /** Sends this instead of the file. */
  readonly page?: string;
}

/** One file and how it is served. */
export interface ServedFile {
  body: Buffer;
  etag?: string | undefined;
  /** Whether Range is understood. Default true. */
  ranges?: boolean;
  /** Faults of the first requests, one each. */
  faults?: Fault[];
  /** Fault of all requests behind those. */
  always?: Fault;
}

/** What was asked for. */
interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Settles when the connection of this request is closed. */
  readonly closed: Promise<void>;
}

/** A running server. */
export interface FileServer extends AsyncDisposable {
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  /** Settles with the n-th request (from 0). */
  request(n: number): Promise<SeenRequest>;
}

/** Serves files by path, with or without a query; on any free port unless one is given. */
export async function serveFiles(files: Record<string, ServedFile>, port = 0): Promise<FileServer> {
  const requests: SeenRequest[] = [];
  const waiting: (() => void)[] = [];
  const closings = new WeakMap<Socket, Promise<void>>(); // a connection serves several requests
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const { socket } = request;
    const closed = closings.get(socket) ?? new Promise<void>((resolve) => socket.once("close", () => resolve()));
    closings.set(socket, closed);
    requests.push({ path, range: request.headers.range, headers: request.headers, closed });
    for (const wake of waiting.splice(0)) wake();
    const file = files[path] ?? files[path.split("?")[0] ?? ""];
    if (file) serve(file, request.headers, response);
    else response.writeHead(404).end("nothing here");
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    async request(n) {
      for (;;) {
        const seen = requests[n];
        if (seen) return seen;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function serve(file: ServedFile, asked: IncomingHttpHeaders, response: ServerResponse): void {
  const fault = file.faults?.shift() ?? file.always ?? {};
  if (fault.silent) return;
  if (fault.status !== undefined) {
    response.writeHead(fault.status, fault.headers).end("no file");
    return;
  }
  const whole = fault.page === undefined ? file.body : Buffer.from(fault.page);
  const range = rangeOf(file, fault.ignoresIfRange ? { ...asked, "if-range": undefined } : asked);
  const { from, to } = { from: 0, to: whole.length, ...range };
  const body = whole.subarray(from, to);
  const headers: Record<string, string> = { "content-length": String(body.length), "content-type": "application/gzip" };
  if (file.etag !== undefined) headers.etag = file.etag;
  if (range) headers["content-range"] = `bytes ${from}-${from + body.length - 1}/${fault.claimedSize ?? whole.length}`;
  response.writeHead(range ? 206 : 200, { ...headers, ...fault.headers });
  const { cutAfter, stallAfter } = fault;
  if (cutAfter !== undefined) response.write(body.subarray(0, cutAfter), () => response.socket?.destroySoon());
  else if (stallAfter !== undefined) response.write(body.subarray(0, stallAfter));
  else response.end(body);
}

function rangeOf({ ranges = true, etag }: ServedFile, asked: IncomingHttpHeaders) {
  const wanted = /^bytes=(\d+)-(\d*)$/.exec(asked.range ?? "");
  const isSame = asked["if-range"] === undefined || asked["if-range"] === etag;
  if (!ranges || !wanted || !isSame) return undefined;
  return { from: Number(wanted[1]), ...(wanted[2] ? { to: Number(wanted[2]) + 1 } : {}) };
}
