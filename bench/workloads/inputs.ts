/** The inputs of single transforms; peer.py makes the same ones. */
import type { Volume } from "voxrx";
import type { Bench } from "../measure/workload.ts";
import type { InputName } from "../peer/peer-work.ts";
import { pipeline } from "./pipelines.ts";

/** Side of a cube that patches are augmented as. */
const cubeSide = 128;

const made = new WeakMap<Bench, Inputs>();

/** The inputs of a process, which are made once. */
export function inputsOf(bench: Bench): Inputs {
  const inputs = made.get(bench) ?? new Inputs(bench);
  made.set(bench, inputs);
  return inputs;
}

class Inputs {
  readonly #bench: Bench;
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** The item that a transform gets: a volume, or a record of volumes. */
  async get(name: InputName): Promise<unknown> {
    const t1 = () => this.#volume("t1", () => this.#read("float32"));
    const label = () => this.#volume("label", () => this.#bench.build.vox.readVolume(this.#bench.scans.t1Label));
    switch (name) {
      case "t1":
        return t1();
      case "int16":
        return this.#read("int16");
      case "reoriented":
        return this.#through(await t1(), "orientation", { axcodes: "RAS" });
      case "label":
        return label();
      case "mask":
        return (await label()).mapSamples((value) => (value > 0 ? 1 : 0));
      case "probabilities":
        return this.#probabilities(await t1());
      case "channels":
        return { image: await this.get("probabilities") };
      case "slice":
        return (await t1()).crop([0, 0, 0], (await t1()).spatialShape.with(2, 1)).toContiguous();
      case "record":
        return {
          image: await t1(),
          label: await label(),
          weight: (await t1()).mapSamples((value) => Math.max(value, 0)),
        };
      case "pair":
        return { image: await t1(), other: await this.#through(await t1(), "spacing", { pixdim: [2, 2, 2] }) };
      case "preprocessed": {
        const image = await this.#through(
          await this.#through(await t1(), "orientation", { axcodes: "RAS" }),
          "spacing",
          { pixdim: 1.5 },
        );
        return { pred: image.toContiguous(), image: image.toContiguous() };
      }
      case "cube":
        return { image: this.#cube(await t1()), label: this.#cube(await label()) };
    }
  }

  #read(dtype: "float32" | "int16"): Promise<Volume> {
    return this.#bench.build.vox.readVolume(this.#bench.scans.t1[0] ?? "", { dtype });
  }

  async #volume(name: string, make: () => Promise<Volume>): Promise<Volume> {
    const making = this.#made.get(name) ?? make();
    this.#made.set(name, making);
    const volume = await making;
    if (volume instanceof this.#bench.build.vox.Volume) return volume;
    throw new Error(`${name} is not a volume`);
  }

  async #through(volume: Volume, operator: string, options: object): Promise<Volume> {
    const dataset = pipeline(this.#bench.build, [volume], [{ operator, options: { ...options } }]);
    for await (const result of dataset) if (result instanceof this.#bench.build.vox.Volume) return result;
    throw new Error(`${operator} gave no volume`);
  }

  /** Two channels that add up to 1, like the output of a network. */
  #probabilities(t1: Volume): Volume {
    const { storage, size } = t1;
    const data = new Float32Array(2 * size);
    for (let at = 0; at < size; at++) {
      const probability = 1 / (1 + Math.exp((300 - (storage[at] ?? 0)) / 100));
      data[at] = probability;
      data[size + at] = 1 - probability;
    }
    return t1.withSamples({ data, shape: [2, ...t1.spatialShape], layout: "x-fastest" });
  }

  /** The middle of an image, padded where it is smaller. */
  #cube(volume: Volume): Volume {
    const start = volume.spatialShape.map((length) => Math.max(0, Math.floor((length - cubeSide) / 2)));
    const end = start.map((from, axis) => Math.min(from + cubeSide, volume.spatialShape[axis] ?? 0));
    return volume.crop(start, end).toContiguous();
  }
}
