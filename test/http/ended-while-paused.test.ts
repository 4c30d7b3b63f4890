import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { readSource } from "../../src/http/read-source.ts";
import { turns } from "../support/counting.ts";

const lengths = [2 ** 16, 2 ** 16 - 1, 3 * 2 ** 16, 500_000];

// Without the correction, an exception that nobody can catch ends the process.
test.for(["by its length", "by the end of the connection"])(
  "a slow reader gets a whole body, delimited %s, from a server that closes the connection",
  async (delimited) => {
    for (const length of lengths) {
      const body = Buffer.alloc(length, "voxel");
      const head = delimited === "by its length" ? `content-length: ${length}\r\n` : "";
      await using server = await answering((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nconnection: close\r\n${head}\r\n`);
        socket.end(body);
      });
      expect(Buffer.compare(await readSlowly(server.url), body)).toBe(0);
    }
  },
);

test("a body that is cut off is still an error", async () => {
  await using server = await answering((socket) => {
    socket.write("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 200000\r\n\r\n");
    socket.end(Buffer.alloc(2 ** 16));
  });
  await expect(readSlowly(server.url)).rejects.toMatchObject({ code: "VOXRX_DOWNLOAD_FAILED" });
});

const framings = {
  "its length": ["content-length: 900000\r\n", ""],
  chunks: ["transfer-encoding: chunked\r\n", "dbba0\r\n"], // 900,000
  "the end of the connection": ["", ""],
} as const;

// Without the correction, an exception that nobody can catch ends the process.
test.for(Object.entries(framings))(
  "a reset while the reader is behind is survived, delimited by %s",
  async ([, framing]) => {
    // Buffers of 64 KiB each: whether the parser is paused when it hears of the reset depends on the length.
    for (const length of [100_000, 150_000, 196_608, 200_000]) {
      await using server = await answering((socket) => send(socket, framing, length));
      const reading = readSource(server.url, { signal: new AbortController().signal, retries: 0, timeoutMs: 5000 });
      await reading.next();
      await turns(20); // what is not read fills the buffers
      await server.reset();
      await turns(20);
      const rest = drained(reading).then(() => "whole");
      const end = await rest.catch((error: unknown) => error);
      // Node may report the reset as an end in order, which is that of a body without a length.
      if (framing !== framings["the end of the connection"] || end !== "whole") {
        expect(end).toMatchObject({ code: "VOXRX_DOWNLOAD_FAILED" });
      }
    }
  },
);

test.for(Object.entries(framings))("a body that a reset cuts off is an error, delimited by %s", async ([, framing]) => {
  await using server = await answering((socket) => send(socket, framing, 1000));
  const reading = readSource(server.url, { signal: new AbortController().signal, retries: 0 });
  for (let bytes = 0; bytes < 1000; ) bytes += (await reading.next()).value?.length ?? 1000;
  await Promise.all([
    expect(reading.next()).rejects.toMatchObject({ code: "VOXRX_DOWNLOAD_FAILED" }),
    turns(20).then(() => server.reset()),
  ]);
});

function send(socket: Socket, [header, start]: readonly [header: string, start: string], length: number): void {
  socket.write(`HTTP/1.1 200 OK\r\nconnection: close\r\n${header}\r\n${start}`);
  socket.write(Buffer.alloc(length));
}

async function readSlowly(url: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const signal = new AbortController().signal;
  for await (const chunk of readSource(url, { signal, retries: 0, backoffMs: 0 })) {
    chunks.push(chunk);
    await turns(20); // the connection ends meanwhile
  }
  return Buffer.concat(chunks);
}

async function answering(answer: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {}); // the client may close first
    socket.once("data", () => answer(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/scan.bin`,
    /** Resets all connections. */
    reset: () => Promise.all(sockets.map((socket) => once(socket.resetAndDestroy(), "close"))),
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}

async function drained(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks) await turns(20);
}
