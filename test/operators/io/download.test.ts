import { join } from "node:path";
import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { download } from "voxrx/operators";
import { serveFiles } from "../../support/file-server.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { scan, scene } from "./archive-server.ts";

test.each(["../up", "/abs", "a\\b", "a//b", ".."])("the file name %j is refused", async (filename) => {
  await using s = await scene();
  const items = Dataset.from([{ url: s.urls[0] ?? "", filename }]).pipe(download({ dir: s.dir }));
  await expect(items.toArray()).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
  expect(s.server.requests.length).toBe(0);
});

test("a checksum of the item is checked, and a file of its own name used", async () => {
  await using s = await scene();
  const url = s.urls[1] ?? "";
  const wrong = Dataset.from([{ url, md5: "0".repeat(32) }]).pipe(download({ dir: s.dir }));
  await expect(wrong.toArray()).rejects.toMatchObject({ code: "VOXRX_CHECKSUM_MISMATCH", operator: "download" });
  const named = Dataset.from([{ url, filename: "deep/own.zip" }]).pipe(download({ dir: s.dir }));
  expect(await named.toArray()).toEqual([{ url, filename: "deep/own.zip", path: join(s.dir, "deep/own.zip") }]);
});

test("leaving the pipeline closes the connection", async () => {
  await using folder = await temporaryFolder();
  await using server = await serveFiles({ "/slow": { body: scan, always: { stallAfter: 100 } } });
  const running = Dataset.from([`${server.origin}/slow`])
    .pipe(download({ dir: folder.path }))
    [Symbol.asyncIterator]();
  const pending = running.next();
  const { closed } = await server.request(0);
  await running.return?.();
  await closed;
  await pending.catch(() => {});
});
