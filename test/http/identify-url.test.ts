import { expect, test } from "vitest";
import { Dataset, encodeNifti, memoryStore, Volume } from "voxrx";
import { cacheUntilRandom, load } from "voxrx/operators";
import { identifyUrl, rememberUrl } from "../../src/http/identify-url.ts";
import { type ServedFile, serveFiles } from "../support/file-server.ts";

async function imageOf(value: number): Promise<ServedFile> {
  const image = new Volume({ data: new Uint8Array(8).fill(value), shape: [1, 2, 2, 2] });
  return { body: Buffer.from(await encodeNifti(image)), etag: `"${value}"` };
}

test("URLs that differ only in their query are different files", async () => {
  await using server = await serveFiles({
    "/a.nii": await imageOf(1),
    "/a.nii?id=2": await imageOf(2),
    "/a.nii?id=3": await imageOf(3),
  });
  const urls = ["/a.nii", "/a.nii?id=2", "/a.nii?id=3"].map((path) => server.origin + path);
  for (const url of [...urls, ...[...urls].reverse()]) rememberUrl(url);
  const identities = await Promise.all(urls.map((url) => identifyUrl(url)));
  expect(identities.map(({ modified }) => modified)).toEqual(['"1"', '"2"', '"3"']);
  // What is stored of them finds each again.
  const again = await Promise.all(identities.map(({ path }) => identifyUrl(path)));
  expect(again).toEqual(identities);
});

test("a cache notices a change of each file of a record, also where their URLs differ only in the query", async () => {
  const files = { "/a.nii?id=1": await imageOf(1), "/a.nii?id=2": await imageOf(2) };
  await using server = await serveFiles(files);
  const at = (id: number) => `${server.origin}/a.nii?id=${id}`;
  const dataset = Dataset.from([{ image: at(1), label: at(2) }]).pipe(
    load(["image", "label"]),
    cacheUntilRandom({ store: memoryStore() }),
  );
  const values = async () => {
    const [item] = await dataset.toArray();
    return [item?.image.samples[0], item?.label.samples[0]];
  };
  expect(await values()).toEqual([1, 2]);
  files["/a.nii?id=1"] = await imageOf(3);
  expect(await values()).toEqual([3, 2]);
  files["/a.nii?id=2"] = await imageOf(4);
  expect(await values()).toEqual([3, 4]);
});
