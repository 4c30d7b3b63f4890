/** All workloads, in the order of the table. */
import type { Build } from "../measure/build.ts";
import type { Workload } from "../measure/workload.ts";
import { archiveWorkloads } from "./archives.ts";
import { chainWorkloads } from "./chains.ts";
import { epochWorkloads } from "./epochs.ts";
import { loadingWorkloads } from "./loading.ts";
import { operatorWorkloads } from "./operators.ts";
import { processWorkloads } from "./processes.ts";
import { settingWorkloads } from "./settings.ts";
import { stageWorkloads } from "./stages.ts";
import { storeWorkloads } from "./stores.ts";
import { threadWorkloads } from "./threads.ts";
import { windowWorkloads } from "./windows.ts";

/** The workloads for a build: its operators are found by their declarations. */
export function workloads(build: Build): readonly Workload[] {
  return [
    ...loadingWorkloads,
    ...archiveWorkloads,
    ...chainWorkloads,
    ...epochWorkloads,
    ...threadWorkloads,
    ...windowWorkloads,
    ...processWorkloads,
    ...stageWorkloads,
    ...storeWorkloads,
    ...settingWorkloads,
    ...operatorWorkloads(build),
  ];
}
