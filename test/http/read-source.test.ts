import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, test, vi } from "vitest";
import { readSource, type SourceReadOptions } from "../../src/http/read-source.ts";
import { type ServedFile, serveFiles } from "../support/file-server.ts";
import { openFilesIn, temporaryFolder } from "../support/folder.ts";

const body = randomBytes(3_000_000);

async function scene(file: Partial<ServedFile> = {}) {
  const served: ServedFile = { body, etag: '"one"', ...file };
  const server = await serveFiles({ "/a.bin": served });
  const read = async (options: Partial<SourceReadOptions> = {}) => {
    const chunks: Uint8Array[] = [];
    const signal = new AbortController().signal;
    const source = readSource(`${server.origin}/a.bin?token=secret`, { signal, backoffMs: 1, ...options });
    for await (const chunk of source) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return { server, served, read, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("bytes come once and in order, however often the line is cut", async () => {
  await using s = await scene({ faults: [{ cutAfter: 1_000_000 }, { cutAfter: 700_000 }, { status: 503 }] });
  expect((await s.read()).equals(body)).toBe(true);
  expect(s.server.requests.length).toBeGreaterThan(3);
});

test("a server without ranges sends all again, and what came already is left out", async () => {
  await using s = await scene({ ranges: false, faults: [{ cutAfter: 1_000_000 }] });
  expect((await s.read()).equals(body)).toBe(true);
});

test("a part is asked for by range, and cut out where the server sends more", async () => {
  await using s = await scene();
  for (const [from, to] of [
    [0, 10],
    [1_999_990, 2_000_010],
    [2_999_999, undefined],
    [5, 5],
  ] as const) {
    const part = await s.read({ from, to });
    expect(part.equals(body.subarray(from, to))).toBe(true);
  }
});

test("a part that reaches beyond the file ends with it, at the first try", async () => {
  for (const ranges of [true, false]) {
    await using s = await scene({ ranges });
    expect((await s.read({ from: 2_999_990, to: 3_000_010 })).equals(body.subarray(2_999_990))).toBe(true);
    if (!ranges) expect((await s.read({ from: 3_000_010, to: 3_000_020 })).length).toBe(0);
    expect(s.server.requests.length).toBe(ranges ? 1 : 2);
  }
  await using s = await scene({ always: { status: 416 } });
  expect((await s.read({ from: 3_000_010, to: 3_000_020 })).length).toBe(0);
  expect(s.server.requests.length).toBe(1);
});

test("a line that breaks is not taken up where nothing says that the file is still the same", async () => {
  await using s = await scene({ etag: undefined, faults: [{ cutAfter: 1_000_000 }, { headers: { etag: '"new"' } }] });
  await expect(s.read()).rejects.toMatchObject({ code: "VOXRX_UNEXPECTED_CONTENT" });
});

test("a file that changes while it is read is an error, not a mixture", async () => {
  await using s = await scene({ faults: [{ cutAfter: 1_000_000 }] });
  const reading = s.read({ backoffMs: 200 });
  await (await s.server.request(0)).closed;
  s.served.body = randomBytes(3_000_000);
  s.served.etag = '"two"';
  await expect(reading).rejects.toMatchObject({ code: "VOXRX_UNEXPECTED_CONTENT" });
});

test("the length of a file that changed before its first byte came is forgotten", async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    if (asked++ > 0)
      response.writeHead(200).end(body); // in chunks, so without a length
    else {
      response.writeHead(200, { "content-length": 1000 }).flushHeaders();
      response.socket?.destroySoon();
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const chunks: Uint8Array[] = [];
  const signal = new AbortController().signal;
  for await (const chunk of readSource(`http://127.0.0.1:${port}/a.bin`, { signal, backoffMs: 1 })) chunks.push(chunk);
  server.close();
  expect(Buffer.concat(chunks).equals(body)).toBe(true);
  expect(asked).toBe(2);
});

test("errors name the address without its query, and headers stay out of them", async () => {
  await using s = await scene({ always: { status: 403 } });
  const failed = await s.read({ headers: { authorization: "Bearer abc" } }).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "VOXRX_HTTP_STATUS", file: `${s.server.origin}/a.bin` });
  expect(JSON.stringify(failed)).not.toMatch(/secret|abc/);
  expect(s.server.requests[0]?.headers.authorization).toBe("Bearer abc");
});

test("user and password of an address go to its origin as an authorization, and nowhere else", async () => {
  await using other = await serveFiles({ "/a.bin": { body } });
  await using s = await scene({ faults: [{}, {}, { status: 302, headers: { location: `${other.origin}/a.bin` } }] });
  const read = async (headers = {}) => {
    const address = `${s.server.origin.replace("//", "//me:p%C3%A4ss%3A50%@")}/a.bin`;
    for await (const _ of readSource(address, { signal: new AbortController().signal, headers })) break;
    return s.server.requests.at(-1)?.headers.authorization;
  };
  expect(await read()).toBe(`Basic ${Buffer.from("me:päss:50%").toString("base64")}`);
  expect(await read({ Authorization: "Bearer abc" })).toBe("Bearer abc");
  await read();
  expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test("an address that cannot be understood is an error that shows no secret of it", async () => {
  const read = readSource("http://me:secret@[host/a.bin?token=secret", { signal: new AbortController().signal });
  const failed: unknown = await read.next().catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "VOXRX_BAD_OPTION", file: "http://[host/a.bin" });
  expect(inspect(failed, { depth: 9, showHidden: true })).not.toContain("secret");
});

test("leaving the loop and aborting close the socket or the file at once", async () => {
  await using s = await scene({ always: { stallAfter: 500_000 } });
  for await (const _ of readSource(`${s.server.origin}/a.bin`, { signal: new AbortController().signal })) break;
  await (await s.server.request(0)).closed;
  const controller = new AbortController();
  const reading = s.read({ signal: controller.signal });
  await s.server.request(1);
  controller.abort(new Error("enough"));
  await expect(reading).rejects.toThrow("enough");
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.bin");
  await writeFile(path, body);
  for await (const _ of readSource(path, { signal: new AbortController().signal })) break;
  await expect.poll(() => openFilesIn(folder.path)).toEqual([]);
});

test("a server that falls silent is given up, a consumer that takes its time is not", async () => {
  await using silent = await scene({ faults: [{ stallAfter: 100_000 }] });
  expect((await silent.read({ timeoutMs: 1_000 })).equals(body)).toBe(true);
  await using s = await scene();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const source = readSource(`${s.server.origin}/a.bin`, { signal: new AbortController().signal, timeoutMs: 1_000 });
  await source.next();
  vi.advanceTimersByTime(10_000);
  vi.useRealTimers();
  for await (const _ of source);
  expect(s.server.requests.length).toBe(1);
});

test("a part that nothing tells to be one is an error, not a shorter file", async () => {
  for (const contentRange of [undefined, "bytes 0-3/*"]) {
    const server = createServer((_, response) => {
      response.writeHead(206, contentRange === undefined ? {} : { "content-range": contentRange }).end("part");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const { signal } = new AbortController();
    const reading = readSource(`http://127.0.0.1:${port}/a`, { signal, backoffMs: 1 }).next();
    await expect(reading).rejects.toMatchObject({ code: "VOXRX_UNEXPECTED_CONTENT" });
    server.closeAllConnections();
    server.close();
  }
});
