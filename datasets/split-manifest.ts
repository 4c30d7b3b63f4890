/** Splits stored on disk: which item is in which section. */
import * as v from "valibot";
import { FormatError, isVoxRxError } from "../src/errors.ts";
import { BadJson, readJson } from "../src/files/read-json.ts";
import { writeAtomically } from "../src/files/write-atomically.ts";
import { recordSchema } from "../src/options.ts";
import type { IndexView } from "../src/plan/stage.ts";

/** The names of sections, in the order of their lists. */
export const sectionNames = ["training", "validation", "test"] as const;

/** A part of a public dataset. */
export type SectionName = (typeof sectionNames)[number];

const schema = v.strictObject({
  version: v.literal(1),
  made: recordSchema(v.string(), v.unknown()),
  training: v.array(v.string()),
  validation: v.array(v.string()),
  test: v.array(v.string()),
});

/** The content of a manifest: how it was created, and the item ids of each section. */
export type SplitManifest = v.InferOutput<typeof schema>;

/**
 * Returns the split of a manifest. If there is no manifest, creates the split and writes it to the file.
 *
 * @throws FormatError `VOXRX_BAD_MANIFEST` if it is damaged, or its items are not those of the dataset
 */
export async function withManifest(
  path: string,
  items: IndexView<unknown>,
  made: SplitManifest["made"],
  make: (items: IndexView<unknown>) => Readonly<Record<SectionName, readonly number[]>>,
  signal: AbortSignal,
): Promise<Readonly<Record<SectionName, readonly number[]>>> {
  const ids: string[] = [];
  for (let n = 0; n < items.length; n++) {
    signal.throwIfAborted();
    ids.push((await items.at(n)).id);
  }
  const known = await readManifest(path);
  if (known) return placesOf(known, ids, path);
  const places = make(items);
  const named = (name: SectionName) => places[name].map((n) => ids[n] ?? "");
  const manifest: SplitManifest = {
    version: 1,
    made,
    training: named("training"),
    validation: named("validation"),
    test: named("test"),
  };
  await writeAtomically(path, Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`));
  return places;
}

async function readManifest(path: string): Promise<SplitManifest | undefined> {
  const content = await readJson(path).catch((error: unknown) => {
    if (isVoxRxError(error, "VOXRX_FILE_MISSING")) return undefined;
    throw badManifest(path, error instanceof BadJson ? error.message : "it cannot be read", error);
  });
  if (content === undefined) return undefined;
  const manifest = v.safeParse(schema, content);
  if (manifest.success) return manifest.output;
  throw badManifest(path, "it is not a split manifest", new v.ValiError(manifest.issues));
}

function placesOf(manifest: SplitManifest, ids: readonly string[], path: string): Record<SectionName, number[]> {
  const placeOf = new Map(ids.map((id, n) => [id, n]));
  if (placeOf.size !== ids.length) throw badManifest(path, "two items of the dataset have the same id");
  const listed = sectionNames.flatMap((name) => manifest[name]);
  const missing = listed.find((id) => !placeOf.has(id));
  if (missing !== undefined) throw badManifest(path, `its item "${missing}" is not in the dataset`);
  const known = new Set(listed);
  if (known.size !== listed.length) throw badManifest(path, "it lists an item twice");
  const added = ids.find((id) => !known.has(id));
  if (listed.length < ids.length) throw badManifest(path, `item "${added}" of the dataset is not in it`);
  const places = (name: SectionName) => manifest[name].map((id) => placeOf.get(id) ?? 0);
  return { training: places("training"), validation: places("validation"), test: places("test") };
}

function badManifest(path: string, fault: string, cause?: unknown): FormatError {
  return new FormatError("VOXRX_BAD_MANIFEST", `the split manifest is invalid: ${fault}`, {
    file: path,
    cause,
    remedy: "Remove the file to create a new split, or restore the items it was created from.",
  });
}
