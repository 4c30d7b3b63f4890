/** The parts of a BIDS file name. */
export interface BidsName {
  /** Entities by short name, in the order of the file name: `{ sub: "01", ses: "pre" }`. */
  readonly entities: Readonly<Record<string, string>>;
  readonly suffix: string;
  /** File extension with the dot: `.nii.gz`. */
  readonly extension: string;
}

/**
 * Parses a file name such as `sub-01_task-rest_bold.nii.gz`; undefined if it isn't a BIDS name (BIDS 1.10,
 * "Filenames").
 */
export function parseBidsName(name: string): BidsName | undefined {
  const [, stem = "", extension = ""] = /^([^.]+)(\.[^/]+)$/.exec(name) ?? [];
  const parts = stem.split("_");
  const suffix = parts.pop() ?? "";
  const entities: Record<string, string> = {};
  for (const part of parts) {
    const [, entity, value] = /^([A-Za-z0-9]+)-([A-Za-z0-9+]+)$/.exec(part) ?? [];
    if (entity === undefined || value === undefined || Object.hasOwn(entities, entity)) return undefined;
    entities[entity] = value;
  }
  return /^[A-Za-z0-9]+$/.test(suffix) ? { entities, suffix, extension } : undefined;
}
