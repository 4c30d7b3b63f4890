import { expect, test } from "vitest";
import { EventHeap } from "../../../bench/scale/event-heap.ts";
import { SharedLink } from "../../../bench/scale/shared-link.ts";

/** The names of the transfers with the times at which they end. */
function endsOf(link: SharedLink<string>): [string | undefined, number][] {
  const ends: [string | undefined, number][] = [];
  while (link.next < Number.POSITIVE_INFINITY) {
    const at = link.next;
    ends.push([link.finish(), at]);
  }
  return ends;
}

test("two transfers share the bandwidth while both go on", () => {
  const link = new SharedLink<string>(10, 1000);
  link.start(0, 100, "a");
  link.start(5, 100, "b");
  // a has 50 bytes at 5 s; then both get 5 bytes a second.
  expect(endsOf(link)).toEqual([
    ["a", 15],
    ["b", 20],
  ]);
  expect(link.moved).toBe(200);
});

test("no transfer is faster than its own limit", () => {
  const link = new SharedLink<string>(10, 4);
  link.start(0, 40, "a");
  expect(endsOf(link)).toEqual([["a", 10]]);
});

test("a transfer that is given up leaves its share to the others", () => {
  const link = new SharedLink<string>(10, 1000);
  link.start(0, 100, "a");
  const b = link.start(0, 60, "b");
  link.cancel(4, b);
  link.cancel(5, b);
  // a has 20 bytes at 4 s, and then all of the bandwidth.
  expect(endsOf(link)).toEqual([["a", 12]]);
  expect(link.moved).toBe(120);
});

test("events come by time, and in the order of their coming at one time", () => {
  const heap = new EventHeap<number>();
  const times = Array.from({ length: 500 }, (_, n) => (n * 7919) % 50);
  for (const [n, time] of times.entries()) heap.push(time, n);
  const expected = times.map((time, n) => [time, n] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  expect(Array.from(times, () => heap.pop())).toEqual(expected.map(([, n]) => n));
  expect(heap.pop()).toBeUndefined();
});
