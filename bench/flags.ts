/** Options of `npm run bench`. */
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    filter: { type: "string" },
    compare: { type: "string" },
    short: { type: "boolean", default: false },
    json: { type: "string" },
    scale: { type: "boolean", default: false },
    measure: { type: "boolean", default: false },
    set: { type: "string", multiple: true },
    help: { type: "boolean", default: false },
  },
});

/** What the command line asks for. */
export const flags = values;

export const help = `npm run bench -- [options]

Measures the built package (dist/, built first if it is out of date) and prints one table. A run of everything is kept
in bench/results/.

  --filter TEXT    only workloads whose name or group has TEXT, in any case
  --compare PATH   beside another build of VoxRx (a checkout with dist/, or such a directory), in turn
  --short          small scans and few rounds, only workloads with a bound; fails if one is exceeded
  --json FILE      writes the results to FILE

  --scale          in place of all that: simulates a million scans on a hundred machines, and prints its tables
  --set NAME=VALUE changes an input of the simulation (see the first table); may be given again
  --measure        with --scale: measures its inputs on this machine, and keeps them in bench/scale/measured.json

VOXRX_BENCH_PYTHON   a Python that can import MONAI, to measure it beside
VOXRX_BENCH_DATA     a directory with scans of your own: t1/*.nii.gz, ct/images/*.nii.gz, ct/labels/*.nii.gz`;
