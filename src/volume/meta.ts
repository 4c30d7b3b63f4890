/** One transform that was applied to a volume. JSON only. */
export interface Applied {
  /** Name of the operator. */
  readonly name: string;
  /** What is needed to undo or to repeat it. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** What is known about an image besides its samples and geometry. JSON only, frozen. */
export interface VolumeMeta {
  /** Path or URL that the image was read from. */
  readonly source?: string;
  /** Name of the format that it was read from. */
  readonly format?: string;
  /** Fields of the file's header, under the format's own names. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Spatial transforms applied since the image was read, in order. */
  readonly applied?: readonly Applied[];
  readonly [fact: string]: unknown;
}

/** Freezes a value and everything in it, except typed arrays. */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
