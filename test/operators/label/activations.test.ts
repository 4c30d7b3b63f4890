import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { activations } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { line } from "../../support/volumes.ts";
import { label } from "./small-labels.ts";
import { anyLabels, scores } from "./typed-labels.ts";

describe("activations", () => {
  test("are probabilities, also of large numbers", async () => {
    expect(await valuesAfter(line(0, 1000, -1000), activations({ sigmoid: true }))).toEqual([0.5, 1, 0]);
    const scores = new Volume({
      data: Float32Array.of(1000, 0, 1001, 0, 1002, Math.log(2)),
      shape: [3, 2, 1],
      layout: "x-fastest",
    });
    const soft = await valuesAfter(scores, activations({ softmax: true }));
    const sum = Math.exp(-2) + Math.exp(-1) + 1;
    for (const [n, expected] of [Math.exp(-2) / sum, 0.25, Math.exp(-1) / sum, 0.25, 1 / sum, 0.5].entries()) {
      expect(soft[n]).toBeCloseTo(expected, 6);
    }
    expect(() => activations({ sigmoid: true, softmax: true })).toThrow(/exclude/);
    expect((await applied(label(1), activations())).dtype).toBe("float32");
  });
});

optionSets("activations", anyLabels, [{ sigmoid: true }, { softmax: true }]);

optionSets("activations", scores, [{ softmax: true }]);
