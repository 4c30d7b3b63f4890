/** The program of a worker thread of `parallel`. */
import { parentPort } from "node:worker_threads";
import { serve } from "../src/parallel/serve.ts";
import * as operators from "./index.ts";

if (parentPort) serve(parentPort, operators);
