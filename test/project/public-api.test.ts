import { expect, test } from "vitest";
import * as voxrx from "voxrx";
import * as datasets from "voxrx/datasets";
import * as extend from "voxrx/extend";
import * as operators from "voxrx/operators";

test("the entry points export what they are known to", async () => {
  const list = (name: string, entry: object) =>
    `${name}\n${Object.keys(entry)
      .sort()
      .map((key) => `  ${key}\n`)
      .join("")}`;
  const all = [
    list("voxrx", voxrx),
    list("voxrx/operators", operators),
    list("voxrx/datasets", datasets),
    list("voxrx/extend", extend),
  ].join("\n");
  await expect(all).toMatchFileSnapshot("./public-api.txt");
});
