/** Keeps the files that a scan of a directory has read, so that a series is not read a second time. */
import { type FileIdentity, localFileIdentity, looksUnchanged } from "../../files/file-identity.ts";
import type { DicomFile } from "./dicom-file.ts";

/** A small file is read whole at once: opening it again for its pixels takes longer. */
const smallBytes = 2 ** 20;
/** Of small files, about this many bytes are kept: those that are being read at that moment come on top. */
const mostBytes = 32 * 2 ** 20;

/** The files of the requested series, or of the only one. */
export class ScannedFiles {
  readonly #uid: string | undefined;
  readonly #files = new Map<string, DicomFile>();
  #free = mostBytes;
  #first: string | undefined;

  /** @param uid Series Instance UID; undefined: the only series */
  constructor(uid: string | undefined) {
    this.#uid = uid;
  }

  /** How many bytes of a file of this size are to be read at once. Undefined: what its elements usually take. */
  atOnce(size: number): number | undefined {
    return size <= Math.min(smallBytes, this.#free) ? size : undefined;
  }

  /** Keeps a file if it belongs to the series. */
  keep(file: DicomFile, uid: string): void {
    this.#first ??= uid;
    if (uid !== (this.#uid ?? this.#first)) return;
    const bytes = file.source?.bytes?.length ?? 0;
    this.#free -= bytes;
    this.#files.set(file.path, file);
  }

  /**
   * A file as the scan has read it.
   *
   * @param isNoted whether its identity was noted after the scan: it is then given only if it has not changed since
   */
  async take(path: string, isNoted: boolean): Promise<DicomFile | undefined> {
    const file = this.#files.get(path);
    this.#files.delete(path);
    return file && (!isNoted || (await isUnchanged(file.identity))) ? file : undefined;
  }
}

async function isUnchanged(identity: FileIdentity | undefined): Promise<boolean> {
  if (!identity || identity.isYoung) return false;
  return looksUnchanged(identity, await localFileIdentity(identity.path));
}
