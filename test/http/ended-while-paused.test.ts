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
  const server = createServer((socket) => {
    socket.on("error", () => {}); // the client may close first
    socket.once("data", () => answer(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/scan.bin`,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}
