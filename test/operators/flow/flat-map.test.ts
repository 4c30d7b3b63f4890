import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { flatMap, map } from "voxrx/operators";

async function* letters(word: string) {
  yield* word;
}

test("parts come in order from lists, iterables and async iterables, or promises of them", async () => {
  for (const make of [
    (word: string) => [...word],
    (word: string) => new Set(word),
    letters,
    async (word: string) => letters(word),
  ]) {
    const parts = Dataset.from(["ab", "", "c"]).pipe(
      flatMap(make),
      map((letter, { id }) => [letter, id]),
    );
    expect(await parts.toArray()).toEqual([
      ["a", "0/0"],
      ["b", "0/1"],
      ["c", "2/0"],
    ]);
  }
});

test("parts are made as they are asked for, and the iterator is closed with the run", async () => {
  const done: string[] = [];
  const counting = flatMap(async function* (word: string) {
    try {
      for (const letter of word) {
        done.push(letter);
        yield letter;
      }
    } finally {
      done.push("closed");
    }
  });
  for await (const letter of Dataset.from(["abc", "d"]).pipe(counting)) if (letter === "b") break;
  expect(done).toEqual(["a", "b", "closed"]);
});
