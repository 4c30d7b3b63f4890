/** The menu and the sidebar. Those of generated pages come with the pages. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DefaultTheme } from "vitepress";

type Items = DefaultTheme.SidebarItem[];

const page = (text: string, link: string) => ({ text, link });

function generated(path: string): Items {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

export const nav: DefaultTheme.NavItem[] = [
  page("Tutorial", "/tutorial"),
  page("Guide", "/guide/concepts"),
  page("Recipes", "/recipes/own-directory"),
  page("Operators", "/operators/"),
  page("From MONAI", "/migration-from-monai"),
  page("API", "/api/"),
];

const guide: Items = [
  {
    text: "Start",
    items: [
      page("Install", "/install"),
      page("Tutorial", "/tutorial"),
      page("Coming from MONAI", "/migration-from-monai"),
    ],
  },
  {
    text: "Guide",
    items: [
      page("Concepts", "/guide/concepts"),
      page("Ten promises", "/guide/laws"),
      page("Backpressure", "/guide/backpressure"),
      page("Volumes and tensors", "/guide/volumes"),
      page("Caching", "/guide/caching"),
      page("Determinism and replay", "/guide/determinism"),
      page("Resume and ranks", "/guide/resume-and-ranks"),
      page("Inference", "/guide/inference"),
      page("Showing images", "/showing-images"),
      page("Where an item came from", "/where-an-item-came-from"),
      page("Where the time goes", "/where-the-time-goes"),
      page("Many cores and machines", "/scale"),
      page("Errors", "/errors"),
    ],
  },
  {
    text: "Recipes",
    items: [
      page("Your own directory", "/recipes/own-directory"),
      page("DICOM to NIfTI", "/recipes/dicom-to-nifti"),
      page("tfjs", "/recipes/tfjs"),
      page("ONNX Runtime", "/recipes/onnx"),
      page("PyTorch, by shards", "/recipes/pytorch-by-shards"),
      page("Resume after a crash", "/recipes/resume"),
      page("Ranks", "/recipes/ranks"),
      page("Notebooks", "/recipes/notebook"),
      page("Tuning", "/tuning"),
      page("Write your own operator, format, store", "/write-your-own"),
    ],
  },
  {
    text: "Notebooks",
    collapsed: true,
    items: [
      page("First steps", "/notebooks/01-first-steps"),
      page("Caching and replay", "/notebooks/02-caching-and-replay"),
      page("Your own data", "/notebooks/03-your-own-data"),
      page("Training", "/notebooks/04-training"),
      page("Inspection", "/notebooks/05-inspection"),
    ],
  },
  { text: "Examples", collapsed: true, items: generated("project/examples-sidebar.json") },
  {
    text: "Reference",
    items: [
      page("Operators", "/operators/"),
      page("Datasets", "/datasets"),
      page("Formats", "/formats"),
      page("Trainers", "/training"),
      page("Command", "/command"),
      page("RxJS operators", "/rxjs-table"),
      page("MONAI, name by name", "/mapping/monai/"),
      page("API", "/api/"),
    ],
  },
  {
    text: "Quality",
    items: [
      page("Performance", "/performance"),
      page("Reliability", "/reliability"),
      page("Security", "/security"),
      page("Platforms", "/platforms"),
    ],
  },
  {
    text: "Project",
    collapsed: true,
    items: [
      page("Decisions", "/decisions"),
      page("Changes", "/project/changelog"),
      page("Contributing", "/project/contributing"),
      page("For coding agents", "/project/agents"),
      page("Reporting a vulnerability", "/project/security"),
    ],
  },
];

/** Their pages list what they export: some 350 pages, too many for a sidebar that is part of each of them. */
const entryPoints: Items = ["voxrx", "voxrx/datasets", "voxrx/extend"].map((name) => page(name, `/api/${name}/`));

export const sidebar: DefaultTheme.SidebarMulti = {
  "/operators/": [page("All pages", "/install"), ...generated("operators/sidebar.json")],
  "/api/": [
    page("All pages", "/install"),
    { text: "API", items: [...entryPoints, page("voxrx/operators", "/operators/")] },
  ],
  "/": guide,
};
