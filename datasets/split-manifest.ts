/** A split on disk: which item is in which section. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { FormatError } from "../src/errors.ts";
import { writeWhole } from "../src/files/write-whole.ts";
import type { IndexView } from "../src/plan/stage.ts";

/** The names of sections, in the order of their lists. */
export const sectionNames = ["training", "validation", "test"] as const;

/** A part of a public dataset. */
export type SectionName = (typeof sectionNames)[number];

const schema = z.strictObject({
  version: z.literal(1),
  made: z.record(z.string(), z.unknown()),
  training: z.array(z.string()),
  validation: z.array(z.string()),
  test: z.array(z.string()),
});

/** What a manifest holds: how it was made, and the keys of each section. */
export type SplitManifest = z.output<typeof schema>;

/**
 * The split that a manifest holds, or, where there is none, the one made now, which is written to it.
 *
 * @throws FormatError `VOXRX_BAD_MANIFEST` when it is damaged, or its items are not those of the dataset
 */
export async function withManifest(
  path: string,
  items: IndexView<unknown>,
  made: SplitManifest["made"],
  make: (items: IndexView<unknown>) => Readonly<Record<SectionName, readonly number[]>>,
  signal: AbortSignal,
): Promise<Readonly<Record<SectionName, readonly number[]>>> {
  const keys: string[] = [];
  for (let n = 0; n < items.length; n++) {
    signal.throwIfAborted();
    keys.push((await items.at(n)).key);
  }
  const known = await readManifest(path);
  if (known) return placesOf(known, keys, path);
  const places = make(items);
  const named = (name: SectionName) => places[name].map((n) => keys[n] ?? "");
  const manifest: SplitManifest = {
    version: 1,
    made,
    training: named("training"),
    validation: named("validation"),
    test: named("test"),
  };
  await writeWhole(path, Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`));
  return places;
}

async function readManifest(path: string): Promise<SplitManifest | undefined> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw badManifest(path, "it cannot be read", error);
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw badManifest(path, "it is no split manifest", cause);
  }
}

function placesOf(manifest: SplitManifest, keys: readonly string[], path: string): Record<SectionName, number[]> {
  const placeOf = new Map(keys.map((key, n) => [key, n]));
  if (placeOf.size !== keys.length) throw badManifest(path, "two items of the dataset have the same key");
  const listed = sectionNames.flatMap((name) => manifest[name]);
  const gone = listed.find((key) => !placeOf.has(key));
  if (gone !== undefined) throw badManifest(path, `its item "${gone}" is not in the dataset`);
  if (new Set(listed).size !== listed.length) throw badManifest(path, "it lists an item twice");
  const added = keys.find((key) => !listed.includes(key));
  if (listed.length < keys.length) throw badManifest(path, `item "${added}" of the dataset is not in it`);
  const places = (name: SectionName) => manifest[name].map((key) => placeOf.get(key) ?? 0);
  return { training: places("training"), validation: places("validation"), test: places("test") };
}

function badManifest(path: string, fault: string, cause?: unknown): FormatError {
  return new FormatError("VOXRX_BAD_MANIFEST", `the split manifest does not serve: ${fault}`, {
    file: path,
    cause,
    remedy: "Remove the file to split anew, or restore the items that it was made of.",
  });
}
