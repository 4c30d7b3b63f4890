/** What a format declares, and which files it recognizes as its own. */
import { ok } from "node:assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isGzip } from "../files/gunzip.ts";
import { Random } from "../random/random.ts";
import { type FormatCheck, validFiles } from "./format-subject.ts";
import { type OtherFile, otherFiles } from "./other-files.ts";

export const declarationChecks: readonly FormatCheck[] = [
  [
    "its name, version and extensions are stated",
    async ({ format: { name, version, extensions, writableExtensions = [] } }) => {
      ok(typeof name === "string" && name !== "", "it has no name");
      ok(Number.isInteger(version) && version > 0, `its version must be a positive integer, got ${version}`);
      ok(extensions.length > 0, "it has no extension");
      for (const one of extensions)
        ok(/^\.[^A-Z]+$/.test(one), `"${one}" is not an extension in lower case with a dot`);
      for (const one of writableExtensions) ok(extensions.includes(one), `"${one}" is not among its extensions`);
    },
  ],
];

export const sniffingCheck: FormatCheck = [
  "it recognizes its own files by their first bytes",
  async (subject, dir) => {
    for (const { path, bytes } of await validFiles(subject, dir)) {
      ok(subject.format.sniff(firstBytes(bytes), path), `sniff does not recognize ${path}`);
    }
  },
];

export const otherBytesCheck: FormatCheck = [
  "it claims no bytes of other formats, no text, no zeros and no empty file",
  async ({ format, seed }) => {
    const random = new Random("formatChecks", "others", seed);
    const noise = Uint8Array.from({ length: 1024 }, () => random.integer(256));
    const others: OtherFile[] = [...otherFiles, { what: "random bytes", extension: ".bin", firstBytes: noise }];
    for (const { what, extension, firstBytes } of others) {
      if (format.extensions.includes(extension)) continue;
      for (const name of [`scan${extension}`, "scan.unknown"]) {
        ok(!format.sniff(firstBytes, name), `sniff claims ${what}`);
      }
    }
  },
];

export const claimsCheck: FormatCheck = [
  "it claims no path that is not its own",
  async ({ format }, dir) => {
    const path = join(dir, "scan.unknown");
    await writeFile(path, "text");
    for (const other of [path, join(dir, "missing.unknown")]) {
      ok(!(await format.claims?.(other)), `it claims ${other}`);
    }
  },
];

/** The first bytes as a format receives them: decompressed, at most 1024. */
function firstBytes(bytes: Uint8Array): Uint8Array {
  return (isGzip(bytes) ? Uint8Array.from(gunzipSync(bytes)) : bytes).slice(0, 1024);
}
