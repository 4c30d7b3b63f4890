import { createHash, randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, expectTypeOf, onTestFinished, test } from "vitest";
import {
  checkMissingFiles,
  datalist,
  decathlon,
  decathlonTasks,
  defineDataset,
  imageFolder,
  ixi,
  type MedNistOptions,
  medNist,
  type PublicDatasetOptions,
} from "voxrx/datasets";
import { load, map } from "voxrx/operators";
import { type PackedEntry, tarGzOf, tarOf } from "../support/archives.ts";
import { forkChild, messageOf } from "../support/children.ts";
import { type ServedFile, serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runsLongTests } from "../support/long.ts";
import { sharedData, sharedFile } from "../support/shared.ts";

const md5 = (bytes: Buffer) => createHash("md5").update(bytes).digest("hex");
const cases = (n: number) => Array.from({ length: n }, (_, i) => `hippocampus_${String(i + 1).padStart(3, "0")}`);

/** Bytes that make an archive long enough to be cut in the middle; hidden files are no items. */
const padding = randomBytes(1_500_000);

/** A task's archive in its real layout, with the hidden files that macOS left in the real ones. */
const taskEntries = (training: readonly string[], tests: readonly string[]): PackedEntry[] => [
  { name: "Task04_Hippocampus/" },
  { name: "Task04_Hippocampus/._dataset.json", content: "AppleDouble" },
  { name: "Task04_Hippocampus/.padding", content: padding },
  {
    name: "Task04_Hippocampus/dataset.json",
    content: JSON.stringify({
      name: "Hippocampus",
      description: "Left and right hippocampus segmentation",
      reference: "Vanderbilt University Medical Center",
      licence: "CC-BY-SA 4.0",
      relase: "1.0 04/05/2018",
      tensorImageSize: "3D",
      modality: { 0: "MRI" },
      labels: { 0: "background", 1: "Anterior", 2: "Posterior" },
      numTraining: training.length,
      numTest: tests.length,
      training: training.map((name) => ({
        image: `./imagesTr/${name}.nii.gz`,
        label: `./labelsTr/${name}.nii.gz`,
      })),
      test: tests.map((name) => `./imagesTs/${name}.nii.gz`),
    }),
  },
  ...training.flatMap((name): PackedEntry[] => [
    { name: `Task04_Hippocampus/imagesTr/${name}.nii.gz`, content: `image of ${name}` },
    { name: `Task04_Hippocampus/labelsTr/${name}.nii.gz`, content: `label of ${name}` },
  ]),
  ...tests.map((name) => ({ name: `Task04_Hippocampus/imagesTs/${name}.nii.gz`, content: name })),
];
const task = tarOf(taskEntries(cases(20), ["hippocampus_901", "hippocampus_902"]));
const medNistNames = ["AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT"].flatMap((name) =>
  [3, 1, 2, 10, 0].map((n) => `MedNIST/${name}/${String(n).padStart(6, "0")}.jpeg`),
);
const ixiNames = ["IXI314-IOP-0889", "IXI249-Guys-1072", "IXI609-HH-2600", "IXI002-Guys-0828"];

/** The three archives, served; and how each dataset is made of them. */
async function scene(faults: Pick<ServedFile, "faults" | "always"> = {}) {
  const folder = await temporaryFolder();
  const bodies = {
    decathlon: await task,
    medNist: await tarGzOf([
      { name: "MedNIST/.padding", content: padding },
      ...medNistNames.map((name) => ({ name, content: name })),
    ]),
    ixi: await tarOf([
      { name: ".padding", content: padding },
      ...ixiNames.map((name) => ({ name: `${name}-T1.nii.gz`, content: name })),
    ]),
  };
  const served = Object.fromEntries(
    Object.entries(bodies).map(([name, body]) => [`/${name}`, { body, etag: '"1"', ...faults }]),
  );
  const server = await serveFiles(served);
  const place = (name: keyof typeof bodies): PublicDatasetOptions => ({
    root: join(folder.path, "data"),
    download: true,
    mirror: `${server.origin}/${name}`,
    mirrorChecksum: { md5: md5(bodies[name]) },
    transfer: { backoffMs: 1, retries: 0 },
  });
  const datasets = {
    decathlon: (more = {}) =>
      decathlon({ ...place("decathlon"), task: "Task04_Hippocampus", section: "training", ...more }),
    medNist: (more: Partial<MedNistOptions> = {}) => medNist({ ...place("medNist"), section: "training", ...more }),
    ixi: (more = {}) => ixi({ ...place("ixi"), ...more }),
  };
  return {
    server,
    served,
    bodies,
    root: place("ixi").root,
    datasets,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const names = ["decathlon", "medNist", "ixi"] as const;
const images = (items: readonly { readonly image: string }[]) => items.map(({ image }) => image);

describe.each(names)("%s from a served archive", (name) => {
  test("cold it is fetched, checked and extracted; warm nothing is asked of the server", async () => {
    await using s = await scene();
    const cold = await s.datasets[name]().toArray();
    expect(cold.length).toBeGreaterThan(0);
    expect(await checkMissingFiles([...cold], { keys: "image" })).toEqual([]);
    expect(s.server.requests.length).toBe(1);
    expect(await s.datasets[name]().toArray()).toEqual(cold);
    expect(s.server.requests.length).toBe(1);
    await s.server[Symbol.asyncDispose]();
    expect(await s.datasets[name]({ download: false }).toArray()).toEqual(cold);
  });

  test("a download that broke off goes on where it stopped", async () => {
    await using s = await scene({ faults: [{ cutAfter: 1_000_000 }] });
    await expect(s.datasets[name]().toArray()).rejects.toMatchObject({ name: "DownloadError" });
    expect((await s.datasets[name]().toArray()).length).toBeGreaterThan(0);
    expect(s.server.requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test.runIf(runsLongTests || name === "ixi")(
    "a download whose server was killed goes on where it stopped once there is one again",
    async () => {
      await using s = await scene();
      const archive = join(s.root, "..", "archive");
      await writeFile(archive, s.bodies[name]);
      const serving = async (port: string, ...stallAfter: string[]) => {
        const child = forkChild("server", archive, `/${name}`, port, ...stallAfter);
        onTestFinished(() => void child.kill("SIGKILL"));
        const origin = await messageOf(child);
        return { child, origin: String(origin) };
      };
      const first = await serving("0", "1200000");
      const from = { mirror: `${first.origin}/${name}` };
      const transfer = { backoffMs: 1, retries: 0 };
      const onProgress = ({ bytes }: { bytes: number }) => bytes > 1_000_000 && first.child.kill("SIGKILL");
      const cut = s.datasets[name]({ ...from, transfer: { ...transfer, onProgress } });
      await expect(cut.toArray()).rejects.toMatchObject({ name: "DownloadError" });
      const again = await serving(new URL(first.origin).port);
      const starts: number[] = [];
      const whole = s.datasets[name]({
        ...from,
        transfer: { ...transfer, onProgress: ({ bytes }: { bytes: number }) => starts.push(bytes) },
      });
      expect((await whole.toArray()).length).toBeGreaterThan(0);
      expect(starts[0]).toBeGreaterThan(1_000_000);
      again.child.kill("SIGKILL");
    },
  );

  test("a wrong checksum leaves nothing behind that counts", async () => {
    await using s = await scene();
    const wrong = s.datasets[name]({ mirrorChecksum: { md5: "0".repeat(32) } });
    await expect(wrong.toArray()).rejects.toMatchObject({ code: "VOXRX_CHECKSUM_MISMATCH" });
    await expect(s.datasets[name]({ download: false }).toArray()).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING" });
    expect((await s.datasets[name]().toArray()).length).toBeGreaterThan(0);
  });

  test("what is not there and not to be fetched is an error that says how to get it", async () => {
    await using s = await scene();
    const missing = s.datasets[name]({ download: false }).toArray();
    await expect(missing).rejects.toMatchObject({
      code: "VOXRX_FILE_MISSING",
      remedy: expect.stringContaining("download: true"),
    });
    expect(s.server.requests.length).toBe(0);
  });
});

const hostile: readonly (readonly [what: string, entry: PackedEntry, code: string])[] = [
  ["a path that climbs out", { name: "MedNIST/../../../evil", content: "x" }, "VOXRX_UNSAFE_ENTRY"],
  ["a link", { name: "MedNIST/Hand/0.jpeg", type: "symlink", linkname: "/etc/passwd" }, "VOXRX_UNSAFE_ENTRY"],
  ["a bomb", { name: "MedNIST/Hand/0.jpeg", content: Buffer.alloc(5_000_000) }, "VOXRX_ARCHIVE_LIMIT"],
];
test.each(hostile)("an archive with %s is refused, and nothing of it appears", async (_, entry, code) => {
  await using folder = await temporaryFolder();
  const body = await tarGzOf([{ name: "MedNIST/Hand/1.jpeg", content: "x" }, entry]);
  await using server = await serveFiles({ "/a": { body } });
  const dataset = medNist({
    root: folder.path,
    section: "training",
    download: true,
    mirror: `${server.origin}/a`,
    mirrorChecksum: { md5: md5(body) },
    limits: { maxBytes: "1MB" },
  });
  await expect(dataset.toArray()).rejects.toMatchObject({ code });
  expect(await readdir(folder.path).then((found) => found.filter((name) => name === "MedNIST"))).toEqual([]);
});

describe("decathlon", () => {
  test("sections are disjoint, cover the list, and with MONAI's generator equal its own", async () => {
    await using s = await scene();
    const of = (section: "training" | "validation", rng: "voxrx" | "monai") =>
      s.datasets.decathlon({ section, rng }).toArray().then(images);
    for (const rng of ["voxrx", "monai"] as const) {
      const [training, validation] = [await of("training", rng), await of("validation", rng)];
      expect(validation.length).toBe(4);
      expect(new Set([...training, ...validation]).size).toBe(20);
    }
    // numpy.random.RandomState(0).shuffle(range(20)) begins with 18, 1, 19, 8.
    const subjects = await s.datasets.decathlon({ section: "validation", rng: "monai" }).toArray();
    expect(subjects.map(({ subject }) => subject)).toEqual([18, 1, 19, 8].map((i) => cases(20)[i]));
  });

  test("names its labels and modalities, reads dataset.json, and has tests without labels", async () => {
    await using s = await scene();
    const training = s.datasets.decathlon();
    expect(training.labels[1]).toBe("Anterior");
    expect(training.modality).toEqual(["MRI"]);
    const properties = await training.properties();
    expect(properties).toMatchObject({ name: "Hippocampus", tensorImageSize: "3D", numTraining: 20 });
    expect(properties.labels).toEqual(["background", "Anterior", "Posterior"]);
    const tests = decathlon({ root: s.root, task: "Task04_Hippocampus", section: "test" });
    expect(await tests.toArray()).toEqual(
      ["hippocampus_901", "hippocampus_902"].map((subject) => ({
        subject,
        image: join(s.root, "Task04_Hippocampus/imagesTs", `${subject}.nii.gz`),
      })),
    );
    const spleen = decathlon({ root: s.root, task: "Task09_Spleen", section: "training" });
    expectTypeOf(spleen.labels).toEqualTypeOf<readonly ["background", "spleen"]>();
    expect(() => decathlon({ root: s.root, task: "Task11" as "Task01_BrainTumour", section: "test" })).toThrow(
      expect.objectContaining({ code: "VOXRX_BAD_OPTION" }),
    );
  });

  test("items keep their keys when the root moves", async () => {
    await using s = await scene();
    const before = s.datasets.decathlon();
    const expected = await before.pipe(map((_, { id }) => id)).toArray();
    await rename(s.root, `${s.root}-moved`);
    const after = decathlon({ root: `${s.root}-moved`, task: "Task04_Hippocampus", section: "training" });
    const keys = (dataset: typeof before) => dataset.pipe(map((_, { id }) => id)).toArray();
    const found = await keys(after);
    expect(found[0]).toMatch(/^imagesTr\/hippocampus_\d+\.nii\.gz$/);
    expect(found).toEqual(expected);
  });

  test("addresses and digests are those that were published", () => {
    expect(Object.keys(decathlonTasks).length).toBe(10);
    expect(decathlonTasks.Task09_Spleen.md5).toBe("410d4a301da4e5b2f6f86ec3ddba524e");
    expect(decathlonTasks.Task01_BrainTumour.modality).toEqual(["FLAIR", "T1w", "t1gd", "T2w"]);
    for (const { md5: digest } of Object.values(decathlonTasks)) expect(digest).toMatch(/^[0-9a-f]{32}$/);
    const counts = Object.values(decathlonTasks).map(({ numTraining }) => numTraining);
    expect(counts).toEqual([484, 20, 131, 260, 32, 63, 281, 303, 41, 126]);
  });

  test.skipIf(!sharedData)("real scans are loaded", async () => {
    await using folder = await temporaryFolder();
    const from = sharedFile("decathlon/Task04_Hippocampus");
    const to = join(folder.path, "Task04_Hippocampus");
    for (const below of ["", "imagesTr", "labelsTr", "imagesTs"]) {
      await mkdir(join(to, below), { recursive: true });
      for (const entry of await readdir(join(from, below), { withFileTypes: true })) {
        if (entry.isFile()) await copyFile(join(from, below, entry.name), join(to, below, entry.name));
      }
    }
    const scans = decathlon({ root: folder.path, task: "Task04_Hippocampus", section: "validation" }).pipe(
      load(["image", "label"]),
    );
    for await (const { image, label } of scans) expect(label.shape).toEqual(image.shape);
  });
});

describe("medNist", () => {
  test("classes are numbered by name, and names are sorted before they are split", async () => {
    await using s = await scene();
    const all = await Promise.all(
      (["training", "validation", "test"] as const).map((section) => s.datasets.medNist({ section }).toArray()),
    );
    expect(all.map(({ length }) => length)).toEqual([24, 3, 3]);
    expect(new Set(all.flatMap(images)).size).toBe(30);
    const { classNames } = s.datasets.medNist();
    expect(classNames).toEqual(["AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT"]);
    for (const { label, className, image } of all.flat()) {
      expect(classNames[label]).toBe(className);
      expect(image).toContain(`/${className}/`);
    }
  });
});

describe("ixi", () => {
  test("subjects are told from names, and the table of demographics is joined when it is there", async () => {
    await using s = await scene();
    const plain = await s.datasets.ixi().toArray();
    expect(plain.map(({ subject, id, site }) => [subject, id, site])).toEqual([
      ["IXI002-Guys-0828", 2, "Guys"],
      ["IXI249-Guys-1072", 249, "Guys"],
      ["IXI314-IOP-0889", 314, "IOP"],
      ["IXI609-HH-2600", 609, "HH"],
    ]);
    await writeFile(join(s.root, "IXI.csv"), "\uFEFFIXI_ID,AGE,SEX\n314,47.2,1\n2,35.8,2\n");
    const joined = await s.datasets.ixi().toArray();
    expect(joined.map(({ demographics }) => demographics?.AGE)).toEqual(["35.8", undefined, "47.2", undefined]);
  });
});

describe("lists of data", () => {
  test("paths are joined to the base, other texts only where there is a file", async () => {
    await using folder = await temporaryFolder();
    const list = join(folder.path, "list.json");
    await writeFile(join(folder.path, "mask31.txt"), "");
    const training = [{ image: "a.nii", label: "./b.nii", mask: "spleen mask", other: "mask31.txt", age: 4 }];
    await writeFile(list, JSON.stringify({ training, test: ["t.nii"] }));
    const at = (name: string) => join(folder.path, name);
    expect(await datalist(list).toArray()).toEqual([
      { image: at("a.nii"), label: at("b.nii"), mask: "spleen mask", other: at("mask31.txt"), age: 4 },
    ]);
    expect(await datalist(list, { section: "test" }).toArray()).toEqual([{ image: at("t.nii") }]);
    expect(await checkMissingFiles(datalist(list), { keys: ["image", "other"] })).toEqual([at("a.nii")]);
    await expect(datalist(list, { section: "val" }).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST" });
  });

  test("a folder of classes gives its images sorted, and says when it holds none", async () => {
    await using folder = await temporaryFolder();
    for (const name of ["b/2.png", "b/1.PNG", "a/x/3.nii.gz", "a/notes.txt", "top.png"]) {
      await mkdir(join(folder.path, name, ".."), { recursive: true });
      await writeFile(join(folder.path, name), "");
    }
    const found = await imageFolder(folder.path).toArray();
    expect(found.map(({ image, label, className }) => [image.slice(folder.path.length + 1), label, className])).toEqual(
      [
        ["a/x/3.nii.gz", 0, "a"],
        ["b/1.PNG", 1, "b"],
        ["b/2.png", 1, "b"],
      ],
    );
    const chosen = await imageFolder(folder.path, { classes: ["b"], extensions: [".png"] }).toArray();
    expect(chosen.map(({ label }) => label)).toEqual([0, 0]);
    await expect(imageFolder(join(folder.path, "a", "x")).toArray()).rejects.toMatchObject({
      code: "VOXRX_EMPTY_FOLDER",
    });
  });
});

test("a new public dataset takes a definition, and its archive may be gone once it is extracted", async () => {
  await using folder = await temporaryFolder();
  const body = await tarGzOf([{ name: "phantoms/1.nii", content: "x" }]);
  await using server = await serveFiles({ "/phantoms.tar.gz": { body } });
  const phantoms = defineDataset({
    name: "phantoms",
    resource: `${server.origin}/phantoms.tar.gz`,
    checksum: { md5: md5(body) },
    layout: { dir: "phantoms" },
    items: ({ dir, files }) => files.map((name) => ({ image: join(dir, name) })),
  });
  const image = join(folder.path, "phantoms/1.nii");
  expect(await phantoms({ root: folder.path, download: true }).toArray()).toEqual([{ image }]);
  expect(await readFile(image, "utf8")).toBe("x");
  await rm(join(folder.path, "phantoms.tar.gz"));
  expect(await phantoms({ root: folder.path }).toArray()).toEqual([{ image }]);
  expect(phantoms({ root: folder.path }).explain()).toContain("phantoms");
});
