/** Makes archives, also such as no honest tool would make. */
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";

/** One entry to be packed. A name that ends in `/` is a folder. */
export interface PackedEntry {
  readonly name: string;
  readonly content?: Buffer | string;
  /** Default: file, or directory for a name that ends in `/`. */
  readonly type?: Header["type"];
  readonly linkname?: string;
  /** Unix mode in a zip. */
  readonly mode?: number;
  /** CRC-32 to announce in a zip instead of the true one. */
  readonly crc?: number;
  /** Bytes to announce in a zip instead of the true ones. */
  readonly size?: number;
  /** Whether a zip stores instead of deflating. */
  readonly stored?: boolean;
}

/** A tar of entries, with its end. */
export async function tarOf(entries: readonly PackedEntry[]): Promise<Buffer> {
  const packing = pack();
  for (const { name, content = "", type, linkname } of entries) {
    const kind = type ?? (name.endsWith("/") ? "directory" : "file");
    const data = kind === "file" ? Buffer.from(content) : Buffer.alloc(0);
    packing.entry({ name, type: kind, ...(linkname === undefined ? {} : { linkname }) }, data);
  }
  packing.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of packing) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A gzipped tar. */
export async function tarGzOf(entries: readonly PackedEntry[]): Promise<Buffer> {
  return gzipSync(await tarOf(entries), { level: 1 });
}

/** A zip. Names, sizes, modes and CRCs are written as told, true or not. */
export function zipOf(entries: readonly PackedEntry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? "");
    const data = entry.stored ? content : deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(entry.stored ? 0 : 8, 4);
    common.writeUInt32LE(entry.crc ?? crc32(content), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(entry.size ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, name, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? 0) * 65536) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from("PK\x01\x02"), Buffer.from([20, 3]), common, tail, name);
    locals.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, list, Buffer.from("PK\x05\x06"), end]);
}

/** Makers by kind, for tests that hold for all. */
export const packers: readonly (readonly [kind: string, make: (entries: readonly PackedEntry[]) => Promise<Buffer>])[] =
  [
    ["tar", tarOf],
    ["tar.gz", tarGzOf],
    ["zip", async (entries) => zipOf(entries)],
  ];
