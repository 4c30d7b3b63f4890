/** The elements of a DICOM dataset as JavaScript values. */
import { trimEndOf } from "../../trim-end.ts";
import { type NumberVr, numbersOf } from "./element-numbers.ts";
import { type Element, ElementReader, type Elements, isImplicit } from "./parse-elements.ts";
import { badElement, type Keyword, tags } from "./tags.ts";

/** Elements of one number that the standard allows to have more. The first one counts. */
const severalValues: readonly Keyword[] = ["EchoNumbers"];

/**
 * Access to the values of elements. A value is undefined if the element is missing or empty; a number that is malformed
 * is an error (`VOXRX_BAD_HEADER`) that names the element.
 */
export class DicomDataset {
  readonly #elements: Elements;
  readonly #path: string;

  constructor(elements: Elements, path: string) {
    this.#elements = elements;
    this.#path = path;
  }

  /** The bytes of a value. */
  bytes(keyword: Keyword): Uint8Array | undefined {
    return this.element(keyword)?.value;
  }

  /** A string without its padding; multiple values are still joined by `\`. */
  text(keyword: Keyword): string | undefined {
    const value = this.bytes(keyword);
    if (!value) return undefined;
    const set = this.bytes("SpecificCharacterSet");
    const isUtf8 = set !== undefined && Buffer.from(set).toString("latin1").includes("ISO_IR 192");
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString(isUtf8 ? "utf8" : "latin1");
    return trimEndOf(text, "\0 ").trimStart() || undefined;
  }

  /** Decimal strings as numbers: exactly `count` if given. @throws FormatError `VOXRX_BAD_HEADER` */
  decimals(keyword: Keyword, count?: number): number[] | undefined {
    return this.#numbers(keyword, "DS", count);
  }

  /** A decimal string as a number. @throws FormatError `VOXRX_BAD_HEADER` */
  decimal(keyword: Keyword): number | undefined {
    return this.#numbers(keyword, "DS", severalValues.includes(keyword) ? undefined : 1)?.[0];
  }

  /** A decimal string as an integer. @throws FormatError `VOXRX_BAD_HEADER` */
  integer(keyword: Keyword): number | undefined {
    return this.#integers(keyword, "IS", 1)?.[0];
  }

  /** An unsigned 16-bit number. @throws FormatError `VOXRX_BAD_HEADER` */
  short(keyword: Keyword): number | undefined {
    return this.shorts(keyword, 1)?.[0];
  }

  /** Exactly `count` 16-bit numbers, unsigned unless the file says otherwise. @throws FormatError `VOXRX_BAD_HEADER` */
  shorts(keyword: Keyword, count: number): number[] | undefined {
    return this.#integers(keyword, "US", count);
  }

  /** The tags that an element points to (VR AT); none if it is missing. @throws FormatError `VOXRX_BAD_HEADER` */
  tagsIn(keyword: Keyword): number[] {
    const words = this.#numbers(keyword, "AT", undefined) ?? [];
    if (words.length % 2 > 0) throw badElement(keyword, `has ${words.length} words, which are not tags`, this.#path);
    return Array.from({ length: words.length / 2 }, (_, n) => (words[2 * n] ?? 0) * 65536 + (words[2 * n + 1] ?? 0));
  }

  /** The items of a sequence; none if it is missing. @throws FormatError `VOXRX_BAD_HEADER` */
  items(keyword: Keyword): DicomDataset[] {
    const element = this.element(keyword);
    if (!element) return [];
    if (element.vr !== "SQ" && !isImplicit(element)) {
      throw badElement(keyword, `has the value representation ${element.vr}, but is a sequence`, this.#path);
    }
    const items = new ElementReader(element.value, this.#path).items(element.syntax);
    return items.map((elements) => new DicomDataset(elements, this.#path));
  }

  /** The element as stored. */
  element(keyword: Keyword): Element | undefined {
    return this.#elements.get(tags[keyword]);
  }

  #numbers(keyword: Keyword, vr: NumberVr, count: number | undefined): number[] | undefined {
    const element = this.element(keyword);
    const numbers = element && numbersOf(element, keyword, vr, this.#path);
    if (numbers && count !== undefined && numbers.length !== count) {
      const wanted = count === 1 ? "1 value" : `${count} values`;
      throw badElement(
        keyword,
        `must have ${wanted}, but has ${numbers.length}: ${numbers.slice(0, 8).join(", ")}`,
        this.#path,
      );
    }
    return numbers;
  }

  #integers(keyword: Keyword, vr: NumberVr, count: number): number[] | undefined {
    const numbers = this.#numbers(keyword, vr, count);
    const wrong = numbers?.find((number) => !Number.isSafeInteger(number));
    if (wrong !== undefined) throw badElement(keyword, `must be an integer, got ${wrong}`, this.#path);
    return numbers;
  }
}
