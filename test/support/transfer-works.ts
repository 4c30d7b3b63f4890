/** Works that bring files here. */
import { join } from "node:path";
import { extractArchive } from "../../src/archive/extract-archive.ts";
import { downloadFile } from "../../src/http/download-file.ts";
import type { Say, WorkOptions } from "./kill-works.ts";

/** Downloads `file.bin`. */
export const fetchFile = (dir: string, { url = "", headers = {}, sha256 }: WorkOptions, say: Say) =>
  downloadFile({
    url,
    headers,
    path: join(dir, "file.bin"),
    onProgress: ({ bytes }) => say(bytes),
    ...(sha256 === undefined ? {} : { sha256 }),
  });

/** Extracts an archive. */
export const extractFiles = (dir: string, { archive = "" }: WorkOptions, say: Say) =>
  extractArchive({ archive, dir, onProgress: ({ bytes }) => say(bytes) });
