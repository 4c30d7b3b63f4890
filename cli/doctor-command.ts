import { type Finding, findings } from "./doctor-findings.ts";
import { newCommand } from "./new-command.ts";
import { print, printJson } from "./print.ts";
import { factLines } from "./text-table.ts";

/** `voxrx doctor`: says what VoxRx finds on this machine, and what that means. */
export function doctorCommand() {
  return newCommand("doctor", "Says what VoxRx finds on this machine, and what each means for you.", [
    ["doctor", "this machine, and the disk of the working directory"],
    ["doctor /data/cache", "the disk that a cache is to be on"],
  ])
    .argument("[dir]", "a directory whose disk is looked at", ".")
    .option("--json", "JSON on stdout")
    .action(async (dir: string, { json = false }: { readonly json?: boolean }) => {
      const found = await findings(dir);
      if (json) printJson({ findings: found });
      else print(...factLines(found.map(lineOf)));
      if (found.some(({ state }) => state === "broken")) process.exitCode = 1;
    });
}

const marks = { good: "ok", optional: "-", warning: "!", broken: "BROKEN" } as const;

function lineOf({ name, state, found, means }: Finding): readonly [string, string] {
  return [`${marks[state].padEnd(2)} ${name}`, `${found}. ${means}`];
}
