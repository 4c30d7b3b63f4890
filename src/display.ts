/**
 * How values present themselves: one line for `console.log` and `util.inspect`, and an image in notebooks. What makes
 * the images is far above the values, and is only loaded when a notebook asks.
 */

/** The method that notebooks of Deno and other JavaScript kernels call. */
export const jupyterDisplay = Symbol.for("Jupyter.display");

/** The method that `console.log` and `util.inspect` of Node call. */
export const nodeInspect = Symbol.for("nodejs.util.inspect.custom");

/** The first items of a dataset, as the next run would have them. Does not count as a run. */
export const firstItems = Symbol.for("voxrx.firstItems");

/** What a notebook shows: the same content as several MIME types, of which it takes the best. */
export type MimeBundle = Readonly<Record<string, string>>;

/** Makes what a notebook shows. It never rejects. */
export type Displayer = (value: unknown, text: string) => Promise<MimeBundle>;

let load: (() => Promise<Displayer>) | undefined;

/** Says what makes the images of notebooks. */
export function registerDisplayer(loader: () => Promise<Displayer>): void {
  load = loader;
}

/** What a notebook shows for a value: its image, or only `text`. Never rejects. */
export async function displayOf(value: unknown, text: string): Promise<MimeBundle> {
  try {
    if (load) return await (await load())(value, text);
  } catch {
    // A file of the library is missing: the text is still right.
  }
  return { "text/plain": text };
}

/**
 * Gives a value, or a prototype, its line and its image. They are not fields: copies, comparisons and stores don't see
 * them.
 */
export function makeDisplayable<T extends object>(target: T, lineOf: (value: T) => string): T {
  return Object.defineProperties(target, {
    [nodeInspect]: hidden(function (this: T) {
      return lineOf(this);
    }),
    [jupyterDisplay]: hidden(function (this: T) {
      return displayOf(this, lineOf(this));
    }),
  });
}

const itemDisplay = hidden(function (this: object) {
  return displayOf(this, `Item with ${Object.keys(this).join(", ")}`);
});

/** Gives a record its image in notebooks, unless it can't be changed. `console.log` prints its fields as always. */
export function makeItemDisplayable(item: object): void {
  if (!(jupyterDisplay in item) && Object.isExtensible(item)) Object.defineProperty(item, jupyterDisplay, itemDisplay);
}

function hidden(value: (this: never) => unknown): PropertyDescriptor {
  return { value, enumerable: false, configurable: true, writable: true };
}
