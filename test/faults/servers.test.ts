import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { downloadFile, isVoxRxError } from "voxrx";
import { readSource } from "../../src/http/read-source.ts";
import { temporaryFolder } from "../support/folder.ts";

const body = Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * 31) % 251));
const other = Buffer.from(body.map((byte) => byte ^ 255));

interface Asked {
  /** Number of the request, from 0. */
  readonly n: number;
  readonly from: number | undefined;
  readonly path: string;
  readonly socket: Socket;
}
type Answer = (asked: Asked) => void;
type Headers = Readonly<Record<string, string | number>>;

const validators = { etag: '"1"', "last-modified": "Mon, 02 Jan 2023 00:00:00 GMT" };

function head(status: string, headers: Headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`;
}

function sends(status: string, headers: Headers, bytes: Buffer | string = ""): Answer {
  return ({ socket }) => {
    socket.write(head(status, headers));
    socket.end(bytes);
  };
}

const ok = (headers: Headers, bytes: Buffer | string) => sends("200 OK", headers, bytes);
const plainly =
  (bytes: Buffer | string): Answer =>
  ({ socket }) =>
    void socket.end(bytes);
const part = (range: string, bytes: Buffer) =>
  sends("206 Partial", { "content-length": bytes.length, ...validators, "content-range": range }, bytes);

function serve(asked: Asked, bytes = body, more: Headers = validators): void {
  const { from } = asked;
  const rest = bytes.subarray(from ?? 0);
  if (from === undefined) ok({ "content-length": rest.length, ...more }, rest)(asked);
  else {
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    sends("206 Partial", { "content-length": rest.length, ...more, "content-range": range }, rest)(asked);
  }
}

/** First an answer that is cut after a quarter, then another. */
const cutThen =
  (then: Answer, more: Headers = validators): Answer =>
  (asked) => {
    if (asked.n > 0) return then(asked);
    asked.socket.write(head("200 OK", { "content-length": body.length, ...more }));
    asked.socket.write(body.subarray(0, 10_000), () => asked.socket.destroySoon());
  };
const redirect = (location: string) => sends("302 Found", { location, "content-length": 0 });
const page = "<!DOCTYPE html>\n<html>log in</html>";
const byteranges = Buffer.concat([
  Buffer.from("--x\r\ncontent-range: bytes 10000-39999/40000\r\n\r\n"),
  body.subarray(10_000),
  Buffer.from("\r\n--x--"),
]);

/** Answers of servers; `right` if the file can still be had from some. Never anything but that or an error of ours. */
const answers: Readonly<Record<string, readonly [Answer, "right"?]>> = {
  honest: [serve, "right"],
  "no length, closed at the end": [ok({}, body), "right"],
  "many hints before": [
    (asked) => {
      asked.socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(100));
      serve(asked);
    },
    "right",
  ],
  "gzip twice": [ok({ "content-encoding": "gzip, gzip" }, gzipSync(gzipSync(body))), "right"],
  "busy, with a delay that is none": [
    (asked) =>
      asked.n === 0 ? sends("503 No", { "retry-after": "-1e9,x", "content-length": 0 })(asked) : serve(asked),
    "right",
  ],
  "a relative redirect": [(asked) => (asked.path === "/x/y" ? serve(asked) : redirect("x/y")(asked)), "right"],
  "cut, then the rest": [cutThen((asked) => serve(asked)), "right"],
  "cut, then another version": [cutThen((asked) => serve(asked, other, { etag: '"2"' }))],
  "cut, then no validators": [cutThen((asked) => serve(asked, other, {}))],
  "cut, then a weak validator": [cutThen((asked) => serve(asked, other, { etag: 'W/"1"' }))],
  "cut, then another date": [
    cutThen((asked) => serve(asked, other, { "last-modified": "Tue, 03 Jan 2023 00:00:00 GMT" }), {
      "last-modified": "Mon, 02 Jan 2023 00:00:00 GMT",
    }),
  ],
  "cut, then another total": [cutThen(part("bytes 10000-39999/50000", body.subarray(10_000)))],
  "cut, then a later range": [cutThen(part("bytes 20000-39999/40000", body.subarray(20_000)))],
  "cut, then several ranges": [
    cutThen(
      sends(
        "206 Partial",
        { ...validators, "content-type": "multipart/byteranges; boundary=x", "content-length": byteranges.length },
        byteranges,
      ),
    ),
  ],
  "cut, then another unit": [cutThen(part("items 10000-39999/40000", other.subarray(10_000)))],
  "a part that was not asked for": [part("bytes 100-199/40000", body.subarray(100, 200))],
  "a part without a range": [sends("206 Partial", { "content-length": 100 }, body.subarray(0, 100))],
  "no such range, though none was asked for": [sends("416 No", { "content-length": 0 })],
  "no content": [sends("204 No Content", {})],
  "not modified": [sends("304 Not Modified", {})],
  "reset in the body": [
    ({ socket }) => {
      socket.write(head("200 OK", { "content-length": body.length }));
      socket.write(body.subarray(0, 999), () => socket.resetAndDestroy());
    },
  ],
  "chunks without an end": [ok({ "transfer-encoding": "chunked" }, Buffer.from("ffff\r\nabc"))],
  "a length that is too long": [ok({ "content-length": body.length + 5 }, body)],
  "a negative length": [ok({ "content-length": -5 }, body)],
  "a huge length": [ok({ "content-length": "99999999999999999999999" }, body)],
  "two lengths": [plainly(`HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\nabcde`)],
  "redirects in a circle": [redirect("/file")],
  "a redirect to a file": [redirect("file:///etc/passwd")],
  "a redirect to a script": [redirect("javascript:alert(1)")],
  "a redirect with a secret, to nothing": [
    (asked) =>
      asked.path === "/file" ? redirect("/a?token=SECRET")(asked) : sends("404 No", { "content-length": 0 })(asked),
  ],
  "a redirect without a target": [sends("302 Found", { "content-length": 0 })],
  "a page": [ok({ "content-type": "Text/HTML;charset=x" }, page)],
  "an XHTML page": [ok({ "content-type": "application/xhtml+xml" }, page)],
  "a page without a type": [ok({}, page)],
  "a page as bytes": [ok({ "content-type": "application/octet-stream" }, `\ufeff\n ${page}`)],
  "an unknown encoding": [ok({ "content-encoding": "zstd" }, body)],
  "gzip that is none": [ok({ "content-encoding": "gzip" }, body)],
  "gzip that is cut": [ok({ "content-encoding": "gzip" }, gzipSync(body).subarray(0, 90))],
  "gzip a thousand times": [ok({ "content-encoding": Array(1000).fill("gzip").join() }, gzipSync(body))],
  "another protocol": [sends("101 Switching Protocols", { upgrade: "x", connection: "upgrade" })],
  "endless headers": [plainly(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}\r\n\r\n`)],
  "a line break in a header": [plainly("HTTP/1.1 302 Found\r\nlocation: /a\r b\r\n\r\n")],
  "bytes without a head": [plainly(body)],
  "a TLS alert": [plainly(Buffer.from([21, 3, 1, 0, 2, 2, 40]))],
  nothing: [plainly("")],
};

async function serverOf(answer: Answer) {
  const sockets = new Set<Socket>();
  let n = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      const text = data.toString("latin1");
      const [, from] = /range: bytes=(\d+)-/i.exec(text) ?? [];
      const [, path = ""] = /^GET ([^ ?]*)/.exec(text) ?? [];
      answer({ n: n++, from: from === undefined ? undefined : Number(from), path, socket });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  return {
    url: `http://user:PASSWORD@127.0.0.1:${address.port}/file?token=SECRET`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

async function collected(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const bytes of source) parts.push(bytes);
  return Buffer.concat(parts);
}

const settings = { retries: 2, backoffMs: 1 };
const ways: Readonly<Record<string, (url: string, dir: string) => Promise<Buffer>>> = {
  async "is downloaded"(url, dir) {
    const { path } = await downloadFile({ url, path: join(dir, "file"), ...settings });
    return readFile(path);
  },
  "is streamed": (url) => collected(readSource(url, { ...settings, signal: new AbortController().signal })),
};

describe.each(Object.keys(ways))("what %s from a server", (way) => {
  test.each(Object.entries(answers))("that answers with %s", async (_, [answer, right]) => {
    await using folder = await temporaryFolder();
    await using server = await serverOf(answer);
    const end = await ways[way]?.(server.url, folder.path).catch((error: unknown) => error);
    if (Buffer.isBuffer(end)) {
      // A new version may come as a whole.
      expect(end.equals(body) || end.equals(other)).toBe(true);
      return;
    }
    expect(isVoxRxError(end), String(end)).toBe(true);
    expect(right, String(end)).toBeUndefined();
    expect(JSON.stringify(end) + String(end)).not.toMatch(/SECRET|PASSWORD/);
  });
});
