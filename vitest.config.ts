import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^voxrx\/operators$/, replacement: here("./operators/index.ts") },
      { find: /^voxrx\/datasets$/, replacement: here("./datasets/index.ts") },
      { find: /^voxrx\/extend$/, replacement: here("./src/extend.ts") },
      { find: /^voxrx$/, replacement: here("./src/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    // Only a hang takes this long, however busy the machine is: speed is not what tests promise.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000 } },
    pool: "forks",
    // Files share what they import: a third of the time otherwise goes into importing it again for each.
    isolate: false,
    globalSetup: ["test/support/build-children.ts"],
    setupFiles: ["test/support/fail-on-listener-warning.ts", "test/support/property-runs.ts"],
    ...(process.env.VITEST_REPORT
      ? { reporters: ["default", "json"], outputFile: { json: process.env.VITEST_REPORT } }
      : {}),
  },
});
