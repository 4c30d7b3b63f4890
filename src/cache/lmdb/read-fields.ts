/** Fields of LMDB's files: they are in the byte order of the machine that wrote them. */
import { endianness } from "node:os";

const isLittle = endianness() === "LE";

export function short(bytes: Buffer, at: number): number {
  return isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
}

export function word(bytes: Buffer, at: number): number {
  return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

export function long(bytes: Buffer, at: number): bigint {
  return isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at);
}
