/** One transform that was applied to a volume, in the order of application. JSON only. */
export interface Applied {
  /** Name of the operator. */
  readonly name: string;
  /** What is needed to undo it or to do it again. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** What is known of an image besides its samples and geometry. JSON only, frozen. */
export interface VolumeMeta {
  /** Path or URL that the image was read from. */
  readonly source?: string;
  /** Name of the format that it was read from. */
  readonly format?: string;
  /** Facts of the file's header, in the format's own words. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Spatial transforms applied since the image was read, the first one first. */
  readonly applied?: readonly Applied[];
  readonly [fact: string]: unknown;
}

/** Facts that nobody can change. Typed arrays among them stay as they are. */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
