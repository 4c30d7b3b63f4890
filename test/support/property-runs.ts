/** Properties that name no number of runs are tried 100 times in long tests, and less often where time is short. */
import * as fc from "fast-check";
import { runsLongTests } from "./long.ts";

fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: runsLongTests ? 100 : 20 });
