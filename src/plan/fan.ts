/** How one item becomes several. */
import type { MaybePromise } from "../async/maybe-promise.ts";
import type { Region } from "../volume/region.ts";
import type { ItemContext } from "./item-context.ts";
import type { RegionRequest } from "./volume-traits.ts";

/** Turns one item into several: patches of a volume, items of a batch. */
export interface Fan {
  readonly name: string;
  readonly detail?: string | undefined;
  /** What determines its parts: name, version, options. */
  readonly identity: unknown;
  /** The text of a user's function that makes the parts. Variables that it captures don't show. */
  readonly sourceText?: string | undefined;
  /** Whether it draws random numbers. The parts of an item then share one generator. */
  readonly random: boolean;
  /** Number of parts, if it is the same for every item: an indexed dataset then stays indexed. */
  readonly count?: number | undefined;
  /** Whether it may keep volumes of the item. Default true; with false, a part may read only its box from a store. */
  readonly retains?: boolean | undefined;
  /** What it was made from, so that it can be made again in another thread. Left out: it can't be. */
  readonly declared?: DeclaredFan | undefined;
  /** The parts of an item, in order. Part n has the id `ID/n`. Pulled one at a time. */
  parts(item: unknown, context: ItemContext): MaybePromise<Iterable<unknown> | AsyncIterable<unknown>>;
  /** For random parts: how a part is made again from what was drawn for it. */
  readonly drawn?: DrawnPart | undefined;
}

/** A declaration of parts with the options as they were given. */
interface DeclaredFan {
  readonly declaration: { readonly name: string; readonly version: number; readonly isOwn: boolean };
  readonly given: unknown;
}

/** How a part is made from an item and from what was drawn for it. */
export interface DrawnPart {
  readonly options: unknown;
  part(item: unknown, params: unknown): MaybePromise<unknown>;
  /**
   * The box of the input that a box of the part is computed from; undefined: all of the input, which is also the
   * default.
   */
  readonly region?: ((box: Region, request: RegionRequest<unknown>) => Region | undefined) | undefined;
}
