import { expect, test } from "vitest";
import { Volume } from "voxrx";
import { contentOf, hiddenIn } from "../../src/fingerprint/content.ts";

class Scan {
  readonly image: string;
  constructor(image: string) {
    this.image = image;
  }
}

class Secret {
  readonly #n: number;
  constructor(n: number) {
    this.#n = n;
  }
  get n() {
    return this.#n;
  }
}

class Derived extends Secret {
  readonly name = "derived";
}

function circle(image: string) {
  const record: { image: string; self?: unknown } = { image };
  record.self = record;
  return record;
}

const symbol = Symbol("s");

const seen: Readonly<Record<string, (n: number) => unknown>> = {
  "a class": (n) => new Scan(`scan ${n}`),
  "a list of classes": (n) => [new Scan("a"), new Scan(`scan ${n}`)],
  "a field beside a symbol": (n) => ({ image: n, mark: symbol }),
  "a field that a symbol names": (n) => ({ [symbol]: n }),
  "a field that is not listed": (n) => Object.defineProperty({}, "n", { value: n, enumerable: false }),
  "a field beside a function": (n) => ({ scan: new Scan(`scan ${n}`), load: () => 1 }),
  "a circle": (n) => circle(`scan ${n}`),
  "a volume": (n) => ({ image: new Volume({ data: Uint8Array.of(n), shape: [1, 1, 1, 1] }) }),
  "a map of classes": (n) => new Map([["scan", new Scan(`scan ${n}`)]]),
  bytes: (n) => ({ weights: Uint8Array.of(n).buffer }),
  "shared bytes": (n) => {
    const bytes = new Uint8Array(new SharedArrayBuffer(1));
    bytes[0] = n;
    return bytes.buffer;
  },
  "an error": (n) => ({ cause: new TypeError(`error ${n}`) }),
  "a boxed number": (n) => ({ n: Object(n) }),
  parameters: (n) => ({ url: new URLSearchParams({ n: String(n) }) }),
  headers: (n) => ({ headers: new Headers({ n: String(n) }) }),
  "a typed array beside a function": (n) => ({ samples: Float32Array.of(n), load: () => 1 }),
};

test.for(Object.entries(seen))("a change of %s in a record is seen", ([, make]) => {
  expect(contentOf(make(1))).toBe(contentOf(make(1)));
  expect(contentOf(make(1))).not.toBe(contentOf(make(2)));
  expect(hiddenIn(make(1))).toBeUndefined();
});

test("another text of a function or class is seen", () => {
  expect(contentOf({ make: () => 1 })).not.toBe(contentOf({ make: () => 2 }));
  const classes = [
    class Label {
      of() {
        return 1;
      }
    },
    class Label {
      of() {
        return 2;
      }
    },
  ];
  const [a, b] = classes.map((Label) => contentOf(new Label()));
  expect(a).not.toBe(b);
});

test("what can't be seen is named", () => {
  expect(hiddenIn({ scan: { secret: new Secret(1) } })).toEqual({ path: "scan.secret", name: "Secret" });
  expect(hiddenIn([1, new Derived(1)])).toEqual({ path: "[1]", name: "Derived" });
  expect(hiddenIn({ file: new Blob(["a"]) })).toEqual({ path: "file", name: "Blob" });
  expect(hiddenIn({ later: Promise.resolve(1) })).toEqual({ path: "later", name: "Promise" });
});
