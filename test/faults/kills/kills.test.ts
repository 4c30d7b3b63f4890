import { afterAll, describe, type TestContext, test } from "vitest";
import { runsLongTests, triesOf } from "../../support/long.ts";
import { attack, hasStrace } from "./attack.ts";
import { killCases } from "./cases.ts";

const tries = triesOf("VOXRX_KILLS", { short: 1, long: 8 });
const cases = Object.entries(killCases).filter(([, { isLong }]) => !isLong || runsLongTests || tries > 1);

describe.each(cases)("%s: killed anywhere, it is right after the next run", (name, one) => {
  let killed = 0;
  let right = 0;

  test.for(Array.from({ length: tries }, (_, seed) => seed))("seed %i", async (seed, { skip }: TestContext) => {
    skip(one.isTraced === true && !hasStrace, "strace is not here, or must not trace");
    killed += (await attack(name, one, seed)).killed;
    right++;
  });

  afterAll(() => {
    if (tries > 1) console.info(`${name}: ${tries} tries, ${killed} processes killed, ${right} times right`);
  });
});
