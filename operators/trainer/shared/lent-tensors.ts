/** Stages that turn the tensors of items into those of another library, and free them once the items were used. */
import { isPromise, type MaybePromise, whenReady } from "../../../src/async/maybe-promise.ts";
import { PipelineError } from "../../../src/errors.ts";
import { isPlainRecord } from "../../../src/item/record.ts";
import { pathWithin } from "../../../src/item/walk-item.ts";
import { declareStage } from "../../../src/plan/declared-stage.ts";
import { isLeftOut } from "../../../src/plan/inspection.ts";
import { itemFailure } from "../../../src/plan/item-failure.ts";
import {
  type Cursor,
  type Entry,
  type OpenCursor,
  open,
  type Position,
  type Run,
  type Stage,
} from "../../../src/plan/stage.ts";
import { type AnyTensor, isAnyTensor } from "../../../src/volume/tensor.ts";
import { noteGeometry } from "../../../src/volume/tensor-of.ts";
import { Volume } from "../../../src/volume/volume.ts";

/** A tensor of a library. Disposing it twice is harmless, so a consumer may have done so. */
export interface Disposable {
  dispose(): void;
}

/** How tensors become those of a library. */
export interface Library<X extends Disposable> {
  /** Name of the operator. */
  readonly name: string;
  /** Makes the library's tensor, if it can in the same memory. `path` says where in the item it is. */
  make(tensor: AnyTensor, path: string): X;
}

/** A stage whose items have the library's tensors. If it `disposes`, they last until the next item is requested. */
export function lendingStage<X extends Disposable>(
  input: Stage<unknown>,
  library: Library<X>,
  disposes: boolean,
): Stage<unknown> {
  const { name } = library;
  const converted = (entry: Entry<unknown>, run: Run) => convert(entry, run, library);
  return declareStage({
    inputs: [input],
    text: { name, detail: `dispose=${disposes}` },
    ...(disposes ? { lends: name } : {}),
    holdsItems: disposes,
    passage: { keepsItems: true },
    index: {
      length: (length) => length,
      view: ([items], run) => ({
        ...items,
        at: (n) => whenReady(items.at(n), (entry) => converted(entry, run).entry),
      }),
    },
    start: (run, from) => new LendingCursor(input, run, from, disposes, converted),
  });
}

/** An entry, and what was made for it. */
interface Converted<X> {
  readonly entry: Entry<unknown>;
  readonly made: readonly X[];
}

class LendingCursor<X extends Disposable> implements Cursor<unknown> {
  readonly #input: OpenCursor<unknown>;
  readonly #run: Run;
  /** Whether it disposes of what it lent. */
  readonly #disposes: boolean;
  readonly #convert: (entry: Entry<unknown>, run: Run) => Converted<X>;
  #lent: readonly X[] = [];
  #isClosed = false;

  constructor(
    input: Stage<unknown>,
    run: Run,
    from: Position | undefined,
    disposes: boolean,
    convert: (entry: Entry<unknown>, run: Run) => Converted<X>,
  ) {
    this.#input = open(input, run, from);
    this.#run = run;
    // Somebody who looks for one item gets it for good.
    this.#disposes = disposes && !run.inspection?.keepsItems && !run.inspection?.only;
    this.#convert = convert;
  }

  next(): MaybePromise<Entry<unknown> | undefined> {
    this.#takeBack();
    const coming = this.#input.next();
    return isPromise(coming) ? coming.then((entry) => this.#lend(entry)) : this.#lend(coming);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#takeBack();
    return this.#input.close();
  }

  #lend(given: Entry<unknown> | undefined): Entry<unknown> | undefined {
    // Nobody gets an entry that comes after the close, so nobody would free it.
    if (given === undefined || this.#isClosed) return undefined;
    const { entry, made } = this.#convert(given, this.#run);
    this.#lent = made;
    return entry;
  }

  #takeBack(): void {
    const lent = this.#lent;
    this.#lent = [];
    if (this.#disposes) for (const tensor of lent) tensor.dispose();
  }
}

/** An entry with its tensors replaced. If one can't be made, those that were are freed, and the item has failed. */
function convert<X extends Disposable>(entry: Entry<unknown>, run: Run, library: Library<X>): Converted<X> {
  // What is only looked at, or is not wanted, needs no tensors.
  if (isLeftOut(run, entry.id) || run.inspection?.only?.trace) return { entry, made: [] };
  const made: X[] = [];
  try {
    const value = converted(entry.value, "", (tensor, path) => {
      const own = library.make(tensor, path);
      noteGeometry(own, tensor);
      made.push(own);
      return own;
    });
    return { entry: value === entry.value ? entry : { ...entry, value }, made };
  } catch (caught) {
    for (const own of made) own.dispose();
    throw itemFailure(caught, { operator: library.name, item: entry.id }, run.signal);
  }
}

/** A value with the tensors in it replaced; the same value if it has none. */
function converted(value: unknown, path: string, make: (tensor: AnyTensor, path: string) => unknown): unknown {
  if (value instanceof Volume) throw volumeGiven(path);
  if (isAnyTensor(value)) return make(value, path);
  if (Array.isArray(value)) {
    const list = value.map((inner, n) => converted(inner, pathWithin(path, n), make));
    return list.some((inner, n) => inner !== value[n]) ? list : value;
  }
  if (!isPlainRecord(value)) return value;
  const fields = Object.entries(value).map(
    ([field, inner]) => [field, converted(inner, pathWithin(path, field), make)] as const,
  );
  return fields.some(([field, inner]) => inner !== value[field]) ? Object.fromEntries(fields) : value;
}

function volumeGiven(path: string): PipelineError {
  const where = path === "" ? "the item" : `field "${path}"`;
  return new PipelineError("VOXRX_WRONG_FIELD", `${where} is a Volume, which is not a tensor yet`, {
    remedy: "Put batch() before it, turn the volume into a tensor with toTensor(), or remove it with deleteItems().",
  });
}
