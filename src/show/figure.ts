import { stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname } from "node:path";
import { jupyterDisplay, type MimeBundle, nodeInspect } from "../display.ts";
import { OptionError } from "../errors.ts";
import { writeAtomically, writeFailed } from "../files/write-atomically.ts";
import type { Pixels } from "./canvas.ts";

/** MIME type of a figure's bytes. */
export type FigureType = "image/png" | "image/webp" | "image/gif";

/**
 * An image of images, encoded: what {@link show}, {@link compare}, {@link histogram} and {@link animate} make.
 * Notebooks show it as the last value of a cell.
 */
export class Figure {
  /** The encoded image: the content of a file. */
  readonly bytes: Uint8Array;
  readonly type: FigureType;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;

  constructor(bytes: Uint8Array, type: FigureType, width: number, height: number) {
    this.bytes = bytes;
    this.type = type;
    this.width = width;
    this.height = height;
  }

  /**
   * Writes the figure to a file, which appears complete or not at all. The extension must be that of its type: `.png`,
   * `.webp` or `.gif`.
   *
   * @throws OptionError `VOXRX_BAD_OPTION` for another extension; FormatError `VOXRX_WRITE_FAILED`
   */
  async save(path: string): Promise<void> {
    this.#checkExtension(path);
    const there = await stat(path).catch(() => undefined);
    if (!there && !(await stat(dirname(path)).catch(() => undefined))) {
      throw writeFailed(
        `the directory ${dirname(path)} does not exist`,
        path,
        "Create it first, as with mkdir(dir, { recursive: true }), or correct the path.",
      );
    }
    // A pipe or device is written to; only files can be replaced.
    if (there && !there.isFile() && !there.isDirectory()) await writeFile(path, this.bytes);
    else await writeAtomically(path, this.bytes, { sync: false });
  }

  #checkExtension(path: string): void {
    const extension = extname(path).toLowerCase();
    const own = `.${this.type.slice("image/".length)}`;
    if (extension === own || path.startsWith("/dev/")) return;
    const isKnown = extension === ".webp" || extension === ".gif";
    throw new OptionError("VOXRX_BAD_OPTION", `a figure of type ${this.type} can't be saved as ${path}`, {
      operator: "save",
      remedy: `Give the file the extension ${own}${isKnown ? `, or make the figure with animate(volume, { format: "${extension.slice(1)}" })` : ""}.`,
    });
  }

  /** What notebooks show. */
  [jupyterDisplay](): MimeBundle {
    return { [this.type]: Buffer.from(this.bytes).toString("base64"), "text/plain": this[nodeInspect]() };
  }

  /** `Figure 640 x 480, image/png, 93 kB` */
  [nodeInspect](): string {
    return `Figure ${this.width} x ${this.height}, ${this.type}, ${Math.ceil(this.bytes.length / 1000)} kB`;
  }
}

/** Loaded at the first call, because the import takes a third of the time that importing the library may take. */
function fastPng(): typeof import("fast-png") {
  return createRequire(import.meta.url)("fast-png");
}

/** Encodes pixels as a PNG. */
export function pngFigure({ width, height, rgb }: Pixels): Figure {
  const bytes = fastPng().encode({ width, height, data: rgb, depth: 8, channels: 3 });
  return new Figure(bytes, "image/png", width, height);
}
