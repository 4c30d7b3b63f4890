/** What servers say: headers of answers, and encoded bodies. */
import { createServer, type Server } from "node:http";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { isVoxRxError } from "../../../src/errors.ts";
import { encodingsOf, fileBytes } from "../../../src/http/content-encoding.ts";
import { readSource } from "../../../src/http/read-source.ts";
import { blindChanges, edgeWords } from "../mutations.ts";
import { broken, type FuzzInput, type Target } from "../target.ts";

async function joined(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts);
}

const encoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes),
  "x-gzip": (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
};
const names = fc.constantFrom("gzip", "x-gzip", "br", "deflate", "");

const encodingInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.string({ maxLength: 60 }),
    fc.array(names, { maxLength: 3 }),
    fc.option(blindChanges),
    fc.option(edgeWords),
    fc.boolean(),
  )
  .map(([text, encodings, change, word, isBare]) => {
    const plain = Buffer.from(text);
    const body = encodings.reduce<Buffer>(
      (bytes, name) => (name === "deflate" && isBare ? deflateRawSync(bytes) : (encoders[name]?.(bytes) ?? bytes)),
      plain,
    );
    const bytes = change ? change(body) : body;
    const header = `${encodings.join(", ")}${word === null ? "" : `,${word}`}`;
    return {
      shown: JSON.stringify([header, bytes.toString("base64")]),
      async check() {
        async function* pieces() {
          for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
        }
        const given = {
          body: pieces(),
          encodings: encodingsOf(header),
          contentType: "",
          names: ["/x.txt"],
          file: "http://h/x.txt",
        };
        try {
          const found = await joined(fileBytes(given));
          if (!change && word === null && !found.equals(plain))
            broken(`expected ${JSON.stringify(text)}, got ${found.toString("base64")}`);
          return "right";
        } catch (error) {
          if (!change && word === null) throw new Error(`a valid body is refused: ${String(error)}`);
          // Bytes that end early are tried again by the caller.
          if (error instanceof Error && "code" in error && String(error.code) === "Z_BUF_ERROR")
            return "VOXRX_INCOMPLETE_DOWNLOAD";
          throw error;
        }
      },
    };
  });

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly range: boolean;
}

const body = Buffer.from(Array.from({ length: 200 }, (_, n) => n));
let current: Answer = { status: 200, headers: {}, range: true };
let starting: Promise<{ server: Server; origin: string }> | undefined;

/** A server that sends the right bytes with the headers of the current input. */
function serving(): Promise<{ server: Server; origin: string }> {
  starting ??= new Promise((resolve) => {
    const server = createServer((request, response) => {
      const wanted = current.range ? /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") : null;
      const [from, to] = wanted
        ? [Number(wanted[1]), wanted[2] ? Number(wanted[2]) + 1 : body.length]
        : [0, body.length];
      const part = body.subarray(from, to);
      const own = wanted ? { "content-range": `bytes ${from}-${from + part.length - 1}/${body.length}` } : {};
      response.writeHead(wanted && current.status === 200 ? 206 : current.status, {
        "content-length": String(part.length),
        connection: "close",
        ...own,
        ...current.headers,
      });
      response.end(part);
    });
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({ server, origin: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` });
    });
    server.unref();
  });
  return starting;
}

const headerWord = edgeWords.map((word) => word.replace(/[^\x20-\x7e]/g, "?"));
const rangeWord = fc.oneof(
  fc.tuple(headerWord, headerWord, headerWord).map(([from, to, total]) => `bytes ${from}-${to}/${total}`),
  fc.constantFrom(
    "bytes 10-19/*",
    "bytes */200",
    "bytes=10-19/200",
    "items 10-19/200",
    "bytes 10-5/200",
    "bytes 0-9/200",
    "bytes 10-19/15",
  ),
);
const headers = fc.record(
  {
    "content-range": rangeWord,
    "content-length": fc.constantFrom("0", "1", "10", "199", "200", "201"),
    "content-encoding": fc.oneof(fc.constantFrom("identity", "gzip", "br", "gzip, br"), headerWord),
    "content-type": fc.oneof(fc.constantFrom("text/html", "application/gzip"), headerWord),
    "retry-after": fc.constantFrom("0", "-1", "soon", "NaN", "Thu, 01 Jan 1970 00:00:00 GMT"),
    etag: headerWord,
    "last-modified": headerWord,
    location: fc.oneof(fc.constantFrom("ftp://x/", "http://[", "//", "file:///etc/passwd"), headerWord),
  },
  { requiredKeys: [] },
);

const answerInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    headers,
    fc.constantFrom(200, 200, 200, 206, 204, 302, 404, 416, 503),
    fc.boolean(),
    fc.constantFrom([0, undefined], [10, 20]) as fc.Arbitrary<[number, number | undefined]>,
  )
  .map(([given, status, range, [from, to]]) => ({
    shown: JSON.stringify({ given, status, range, from, to }),
    async check() {
      const { origin } = await serving();
      current = { status, headers: given, range };
      const { signal } = new AbortController();
      const reading = {
        signal,
        from,
        ...(to === undefined ? {} : { to }),
        retries: 1,
        backoffMs: 1,
        timeoutMs: 20_000,
      };
      try {
        const found = await joined(readSource(`${origin}/x.bin`, reading));
        const lies = given["content-range"] !== undefined || given["content-length"] !== undefined || status !== 200;
        if (!lies && given["content-encoding"] === undefined && !found.equals(body.subarray(from, to)))
          broken(`${found.length} other bytes`);
        if (to !== undefined && found.length > to - from) broken(`${found.length} bytes of a range of ${to - from}`);
        return "right";
      } catch (error) {
        if (isVoxRxError(error)) return error.code;
        throw error;
      }
    },
  }));

export const httpTargets: readonly Target[] = [
  { name: "content encoding", inputs: encodingInputs, cost: 2 },
  { name: "answers of servers", inputs: answerInputs, cost: 20 },
];
