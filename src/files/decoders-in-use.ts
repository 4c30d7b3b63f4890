/** Libraries that decoded something in this process, with their versions: results may differ between versions. */
const used = new Map<string, string>([["zlib", process.versions.zlib ?? "unknown"]]);

/** Notes that a library is used. */
export function noteDecoder(name: string, version: string): void {
  used.set(name, version);
}

/** Versions by the name of the library. Loads none. */
export function decodersInUse(): Readonly<Record<string, string>> {
  return Object.fromEntries(used);
}
