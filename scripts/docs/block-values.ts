/** What the modules of blocks call: values for what they declare, and items of what they compose. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-web";
import ts from "typescript";
import { Dataset, memoryStore, Volume } from "voxrx";
import { defineFormat } from "voxrx/extend";
import { batch, slidingWindow } from "voxrx/operators";
import { negation } from "../../test/support/onnx-model.ts";
import { declaredValue, predict, sceneOf } from "./demo-data.ts";
import { niftiOf } from "./demo-files.ts";
import { roomy } from "./roomy.ts";

/** What a block declares. */
export interface Declared {
  readonly name: string;
  readonly type: string;
  readonly scene: string;
  readonly least: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Takes an item of each dataset in a value, as the reader of a block would to see that it works. */
export async function pulled<T>(value: T): Promise<T> {
  await pullEach(value);
  return value;
}

/** Parts of a split may be empty, but not all of them. */
async function pullEach(value: unknown): Promise<void> {
  const datasets = (isContainer(value) ? Object.values(value) : [value]).filter((one) => one instanceof Dataset);
  let count = 0;
  for (const dataset of datasets) {
    const items = dataset.iterate({ epoch: 0 });
    if (!(await items.next()).done) count++;
    await items.return?.();
  }
  if (datasets.length > 0 && count === 0) throw new Error("a dataset of this block gives no item");
}

const tests: (() => unknown)[] = [];

/** Stands for `test` of `node:test`. */
export function test(_: string, run: () => unknown): void {
  tests.push(run);
}

/** Runs the tests of a block. */
export async function tested(): Promise<void> {
  for (const run of tests.splice(0)) await run();
}

function isContainer(value: unknown): value is object {
  if (Array.isArray(value)) return true;
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The value of `declare const NAME: TYPE`, or of a function, whose type is `() => RESULT`. */
export async function declared({ name, type, scene, least }: Declared): Promise<unknown> {
  const fields = await fieldsOf(scene, least);
  const file = ts.createSourceFile("type.ts", `type T = ${type};`, ts.ScriptTarget.ESNext, true);
  const [alias] = file.statements;
  if (!alias || !ts.isTypeAliasDeclaration(alias)) throw new Error(`no type: ${type}`);
  return new Values(fields).valueOf(name, alias.type);
}

/** The fields of a scene, and those of others for what it has not; all with room for a crop of the least size. */
async function fieldsOf(scene: string, least: number): Promise<Fields> {
  const { image, label, organs, mask, interest } = await sceneOf("ct");
  const { t1, t2 } = await sceneOf("channels");
  const { pred } = await sceneOf("labels");
  const others = { image, label, organs, mask, brain: mask, weight: interest, t1, t2, pred, a: image, b: image };
  const fields = { ...others, ...(await sceneOf(scene)) };
  if (least === 0) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Volume ? roomy(value, 1.4 * least) : value]),
  );
}

/** Makes values by type, and by name where the type leaves it open. */
class Values {
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  async valueOf(name: string, type: ts.TypeNode): Promise<unknown> {
    if (name === "predict") return predict;
    if (ts.isFunctionTypeNode(type)) return this.#functionOf(name, type);
    if (ts.isTypeLiteralNode(type)) return this.#recordOf(type);
    if (ts.isTypeOperatorNode(type)) return this.valueOf(name, type.type);
    if (ts.isArrayTypeNode(type)) return [await this.valueOf(name, type.elementType)];
    if (ts.isTypeReferenceNode(type)) return this.#namedOf(name, type);
    if (type.kind === ts.SyntaxKind.StringKeyword) return scanFile(name);
    if (type.kind === ts.SyntaxKind.NumberKeyword) return 1;
    if (type.kind === ts.SyntaxKind.UnknownKeyword) return this.#fieldOf(name);
    if (type.kind === ts.SyntaxKind.VoidKeyword) return undefined;
    throw new Error(`no demonstration data of type ${type.getText()}`);
  }

  async #namedOf(name: string, type: ts.TypeReferenceNode): Promise<unknown> {
    const [argument] = type.typeArguments ?? [];
    const named = type.typeName.getText();
    if (/Dataset$/.test(named) && argument) return this.#datasetOf(name, argument);
    if (named === "Promise" && argument) return this.valueOf(name, argument);
    if (named === "Volume") return name === "atlas" ? declaredValue(this.#fields, name, named) : this.#fieldOf(name);
    if (named === "Float32Array") return Float32Array.of(1, 2, 3);
    if (named === "Store") return memoryStore();
    if (named === "Format") return scanner;
    if (named === "ort.InferenceSession")
      return InferenceSession.create(negation(5, { input: "image", output: "logits" }));
    throw new Error(`no demonstration data of type ${type.getText()}`);
  }

  /** A dataset of a few items: the same data, other ids. */
  async #datasetOf(name: string, type: ts.TypeNode): Promise<unknown> {
    const item = await this.#itemOf(type);
    const hasImages = /\b(Volume|Tensor|unknown)\b/.test(type.getText());
    const items = Dataset.from(Array<Fields>(hasImages ? 2 : 10).fill(item), { seed: 0 });
    if (/\bTensor\b/.test(type.getText())) return items.pipe(batch(2));
    if (name !== "patches") return items;
    const { image, pred } = item;
    if (!(image instanceof Volume)) throw new Error("patches without an image");
    return pred instanceof Volume
      ? Dataset.from([{ image, pred }]).pipe(slidingWindow({ keys: ["image", "pred"], roiSize: 48 }))
      : Dataset.from([{ image }]).pipe(slidingWindow({ keys: ["image"], roiSize: 48 }));
  }

  async #itemOf(type: ts.TypeNode): Promise<Fields> {
    if (ts.isTypeLiteralNode(type)) return this.#recordOf(type);
    return { image: this.#fieldOf("image"), label: this.#fieldOf("label") };
  }

  async #recordOf(type: ts.TypeLiteralNode): Promise<Fields> {
    const entries: (readonly [string, unknown])[] = [];
    for (const member of type.members) {
      const key = member.name?.getText() ?? "";
      if (ts.isPropertySignature(member) && member.type) entries.push([key, await this.#memberOf(key, member.type)]);
      if (ts.isMethodSignature(member)) entries.push([key, async () => undefined]);
    }
    return Object.fromEntries(entries);
  }

  async #memberOf(key: string, type: ts.TypeNode): Promise<unknown> {
    return type.getText() === "Tensor" ? this.#fieldOf(key) : this.valueOf(key, type);
  }

  async #functionOf(name: string, type: ts.FunctionTypeNode): Promise<unknown> {
    const result = await this.valueOf(name, type.type);
    return async () => result;
  }

  #fieldOf(name: string): unknown {
    if (name in this.#fields) return this.#fields[name];
    if (name === "volume") return this.#fields.image;
    throw new Error(`no demonstration data for a field ${name}; there is ${Object.keys(this.#fields).join(", ")}`);
  }
}

/** A format of one's own. */
const scanner = defineFormat({
  name: "scanner",
  version: 1,
  extensions: [".scn"],
  sniff: () => false,
  decode: (bytes) => new Volume({ data: Uint8Array.from(bytes), shape: [1, bytes.length, 1, 1] }),
});

/** A path where there is a file. */
async function scanFile(name: string): Promise<string> {
  const path = join("declared", `${name}.nii.gz`);
  mkdirSync("declared", { recursive: true });
  writeFileSync(path, await niftiOf(path));
  return path;
}
