/** The sidecar files of a BIDS study. */
import { basename, dirname, join } from "node:path";
import { FormatError } from "../src/errors.ts";
import { BadJson, readJson } from "../src/files/read-json.ts";
import { isPlainRecord } from "../src/item/record.ts";
import { type BidsName, parseBidsName } from "./bids-name.ts";

type Sidecar = Readonly<Record<string, unknown>>;

/** The sidecars of a study; each is read once. */
export class Sidecars {
  readonly #dir: string;
  readonly #byDir = new Map<string, { readonly path: string; readonly name: BidsName }[]>();
  readonly #read = new Map<string, Promise<Sidecar>>();

  constructor(dir: string, files: readonly string[]) {
    this.#dir = dir;
    for (const path of files) {
      const name = path.endsWith(".json") ? parseBidsName(basename(path)) : undefined;
      if (!name) continue;
      const place = dirname(path);
      this.#byDir.set(place, [...(this.#byDir.get(place) ?? []), { path, name }]);
    }
  }

  /**
   * The merged sidecars of an image, from the root down: those with the same suffix whose entities the image all has.
   *
   * @throws FormatError `VOXRX_BAD_DATALIST`, `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE` with the sidecar's path
   */
  async of(path: string, image: BidsName): Promise<Sidecar> {
    const dirs = dirname(path).split("/");
    let merged: Sidecar = {};
    for (let depth = 0; depth <= dirs.length; depth++) {
      const place = depth === 0 ? "." : dirs.slice(0, depth).join("/");
      const matching = (this.#byDir.get(place) ?? []).filter(({ name }) => isSidecarOf(name, image));
      matching.sort((a, b) => Object.keys(a.name.entities).length - Object.keys(b.name.entities).length);
      for (const sidecar of matching) merged = { ...merged, ...(await this.#content(sidecar.path)) };
    }
    return merged;
  }

  #content(path: string): Promise<Sidecar> {
    const known = this.#read.get(path) ?? readSidecar(join(this.#dir, path));
    this.#read.set(path, known);
    return known;
  }
}

function isSidecarOf(sidecar: BidsName, image: BidsName): boolean {
  if (sidecar.suffix !== image.suffix) return false;
  return Object.entries(sidecar.entities).every(
    ([entity, value]) => Object.hasOwn(image.entities, entity) && image.entities[entity] === value,
  );
}

async function readSidecar(path: string): Promise<Sidecar> {
  const content = await readJson(path).catch((cause) => {
    throw cause instanceof BadJson ? badSidecar(path, `it is not JSON: ${cause.message}`, cause) : cause;
  });
  if (isPlainRecord(content)) return content;
  throw badSidecar(path, "it is not a JSON object");
}

function badSidecar(path: string, fault: string, cause?: unknown): FormatError {
  return new FormatError("VOXRX_BAD_DATALIST", `the sidecar is damaged: ${fault}`, {
    file: path,
    cause,
    remedy: "Correct the file, or skip the images that it describes with onError({ skip: true }).",
  });
}
