/** jax-js reads `navigator` when it is imported, which Node has from version 21 on. Import this before it. */
import { availableParallelism } from "node:os";

if (!("navigator" in globalThis)) {
  Object.defineProperty(globalThis, "navigator", {
    value: { hardwareConcurrency: availableParallelism(), userAgent: "node" },
  });
}
