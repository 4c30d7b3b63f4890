/** What the name of a BIDS file says. */
export interface BidsName {
  /** By short name, in the order of the name: `{ sub: "01", ses: "pre" }`. */
  readonly entities: Readonly<Record<string, string>>;
  readonly suffix: string;
  /** With the dot: `.nii.gz`. */
  readonly extension: string;
}

/** Takes `sub-01_task-rest_bold.nii.gz` apart; undefined for a name of another form (BIDS 1.10, "Filenames"). */
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
