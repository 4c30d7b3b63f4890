import { describe, test } from "vitest";
import { runsLongTests, triesOf } from "../../support/long.ts";
import { attack } from "./attack.ts";
import { killCases } from "./cases.ts";

const tries = triesOf("VOXRX_KILLS", { short: 1, long: 10 });
const cases = Object.entries(killCases).filter(([, { isLong }]) => !isLong || runsLongTests || tries > 1);

describe.each(cases)("%s: killed anywhere, it is right after the next run", (name, one) => {
  test.each(Array.from({ length: tries }, (_, seed) => [seed]))("seed %i", async (seed) => {
    await attack(name, one, seed);
  });
});
