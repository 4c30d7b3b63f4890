import { deepStrictEqual } from "node:assert";

/** Compares what the examples of the docs say they give with what they give. */
export class Claims {
  readonly wrong: string[] = [];

  check(expression: string, got: unknown, wanted: unknown): void {
    try {
      deepStrictEqual(got, wanted);
    } catch (error) {
      this.wrong.push(`${expression}: ${error}`);
    }
  }
}
