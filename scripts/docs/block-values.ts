/** What the modules of blocks call: values for what they declare, and items of what they compose. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { Dataset, memoryStore, Volume } from "voxrx";
import { batch, slidingWindow } from "voxrx/operators";
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
  await pullEach(value, 2);
  return value;
}

async function pullEach(value: unknown, levels: number): Promise<void> {
  if (value instanceof Dataset) {
    const items = value.iterate({ epoch: 0 });
    const first = await items.next();
    await items.return?.();
    if (first.done) throw new Error("a dataset of this block gives no item");
  } else if (levels > 0 && Array.isArray(value)) {
    for (const one of value) await pullEach(one, levels - 1);
  } else if (levels > 0 && typeof value === "object" && value !== null && isPlain(value)) {
    for (const one of Object.values(value)) await pullEach(one, levels - 1);
  }
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
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

/** A path where there is a file. */
async function scanFile(name: string): Promise<string> {
  const path = join("declared", `${name}.nii.gz`);
  mkdirSync("declared", { recursive: true });
  writeFileSync(path, await niftiOf(path));
  return path;
}
