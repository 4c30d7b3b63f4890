import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as voxrx from "voxrx";
import * as datasets from "voxrx/datasets";
import * as extend from "voxrx/extend";
import * as operators from "voxrx/operators";
import { root } from "./tree.ts";

const entries = { voxrx, operators, datasets, extend };

/** Names that a report of scripts/api-report.ts says are exported, those that can't be types only apart. */
function namesIn(report: string): { readonly all: readonly string[]; readonly values: readonly string[] } {
  const found = (pattern: RegExp) => Array.from(report.matchAll(pattern), ([, name = ""]) => name);
  const values = found(/^export (?:const|function) (\w+)/gm);
  const others = found(/^export (?:(?:abstract )?class|interface|type) (\w+)/gm);
  const renamed = found(/^export \{ (?:\w+ as )?(\w+) \}$/gm);
  return { all: [...values, ...others, ...renamed], values };
}

// The types are compared with the built ones by `npm run check:package`, which takes longer than a test may.
test.for(Object.entries(entries))("the report of %s names what it exports", ([name, entry]) => {
  const { all, values } = namesIn(readFileSync(join(root, "api", `${name}.api.md`), "utf8"));
  const exported = Object.keys(entry);
  const missing = exported.filter((each) => !all.includes(each));
  const gone = values.filter((each) => !exported.includes(each));
  expect({ missing, gone }, "to accept what changed: npm run api").toEqual({ missing: [], gone: [] });
});
