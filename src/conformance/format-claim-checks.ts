/** What a format says of itself, and what it takes for its own. */
import { ok } from "node:assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isGzip } from "../files/gunzip.ts";
import { Random } from "../random/random.ts";
import { type FormatCheck, soundFiles } from "./format-subject.ts";
import { type OtherFile, otherFiles } from "./other-files.ts";

export const declarationChecks: readonly FormatCheck[] = [
  [
    "its name, version and extensions are stated",
    async ({ format: { name, version, extensions, writableExtensions = [] } }) => {
      ok(typeof name === "string" && name !== "", "it has no name");
      ok(Number.isInteger(version) && version > 0, `its version is ${version}: it must be an integer from 1`);
      ok(extensions.length > 0, "it has no extension");
      for (const one of extensions)
        ok(/^\.[^A-Z]+$/.test(one), `"${one}" is not an extension in lower case with a dot`);
      for (const one of writableExtensions) ok(extensions.includes(one), `"${one}" is not among its extensions`);
    },
  ],
];

export const sniffingCheck: FormatCheck = [
  "it knows its own files by their first bytes",
  async (subject, folder) => {
    for (const { path, bytes } of await soundFiles(subject, folder)) {
      ok(subject.format.sniff(firstBytes(bytes), path), `sniff does not know ${path}`);
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
  "it claims no path that it does not know",
  async ({ format }, folder) => {
    const path = join(folder, "scan.unknown");
    await writeFile(path, "text");
    for (const other of [path, join(folder, "missing.unknown")]) {
      ok(!(await format.claims?.(other)), `it claims ${other}`);
    }
  },
];

/** The first bytes as a format is shown them: inflated, 1024 at most. */
function firstBytes(bytes: Uint8Array): Uint8Array {
  return (isGzip(bytes) ? Uint8Array.from(gunzipSync(bytes)) : bytes).slice(0, 1024);
}
