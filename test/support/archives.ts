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
  /** The name in a zip, if it is not UTF-8; without the flag that says so. */
  readonly rawName?: Buffer;
  /** Flags of a zip entry. Default: a name in UTF-8, or none with `rawName`. */
  readonly flags?: number;
  /** Extra field of a zip entry. */
  readonly extra?: Buffer;
  /** Whether sizes and CRC of a zip entry come after its data, as in a zip written to a pipe. */
  readonly streamed?: boolean;
  /** Whether a zip entry keeps its sizes in a zip64 field. */
  readonly zip64?: boolean;
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

/** One entry of a tar, header field by header field. */
export interface RawTarEntry {
  readonly name: Buffer | string;
  readonly content?: Buffer | string;
  /** Type flag. Default `"0"`. */
  readonly flag?: string;
  /** The 12 bytes of the size field. Default: the length of the content in octal digits. */
  readonly size?: Buffer;
  /** Mark of the format. Default ustar; empty is V7. */
  readonly magic?: string;
}

/** A tar of entries with any bytes in their headers, with its end. */
export function rawTarOf(entries: readonly RawTarEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = "", flag = "0", size, magic = "ustar\u000000" }) => {
    const header = Buffer.alloc(512);
    const data = Buffer.from(content);
    Buffer.from(name).copy(header, 0);
    header.write("0000644\0", 100);
    header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
    size?.copy(header, 124);
    header.write("        ", 148);
    header.write(flag, 156, "latin1");
    header.write(magic, 257, "latin1");
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** The content of a pax header. */
export function paxOf(records: Readonly<Record<string, Buffer | string>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([keyword, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${keyword}=`), Buffer.from(value), Buffer.from("\n")]);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length++;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
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
    const name = entry.rawName ?? Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? "");
    const data = entry.stored ? content : deflateRawSync(content);
    const flags = (entry.flags ?? (entry.rawName ? 0 : 0x800)) | (entry.streamed ? 8 : 0);
    const [sum, size] = [entry.crc ?? crc32(content), entry.size ?? content.length];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(entry.stored ? 0 : 8, 4);
    common.writeUInt32LE(sum, 10);
    common.writeUInt32LE(entry.zip64 ? 0xffffffff : data.length, 14);
    common.writeUInt32LE(entry.zip64 ? 0xffffffff : size, 18);
    common.writeUInt16LE(name.length, 22);
    const wide = Buffer.alloc(20);
    wide.writeUInt16LE(1, 0);
    wide.writeUInt16LE(16, 2);
    wide.writeBigUInt64LE(BigInt(size), 4);
    wide.writeBigUInt64LE(BigInt(data.length), 12);
    const extra = Buffer.concat([entry.zip64 ? wide : Buffer.alloc(0), entry.extra ?? Buffer.alloc(0)]);
    common.writeUInt16LE(extra.length, 24);
    const after = Buffer.concat([Buffer.from("PK\x07\x08"), common.subarray(10, 22)]);
    const head = entry.streamed ? Buffer.from(common).fill(0, 10, 22) : common;
    const local = Buffer.concat(
      [Buffer.from("PK\x03\x04"), head, name, extra, data, entry.streamed ? after : ""].map((part) =>
        Buffer.from(part),
      ),
    );
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? 0) * 65536) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from("PK\x01\x02"), Buffer.from([20, 3]), common, tail, name, extra);
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
