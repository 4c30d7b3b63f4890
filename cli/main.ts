#!/usr/bin/env node
import { CommanderError } from "commander";
import { isVoxRxError } from "../src/errors.ts";
import { onWarning } from "../src/warnings.ts";
import { benchCommand } from "./bench-command.ts";
import { computeBlocksCommand } from "./blocks/compute-blocks-command.ts";
import { cacheCommand } from "./cache-command.ts";
import { checkCommand } from "./check-command.ts";
import { convertCommand } from "./convert-command.ts";
import { datasetsCommand } from "./datasets-command.ts";
import { doctorCommand } from "./doctor-command.ts";
import { downloadCommand } from "./download-command.ts";
import { reportFailure } from "./failures.ts";
import { infoCommand } from "./info-command.ts";
import { lockCommand } from "./lock-command.ts";
import { newCommand, UsageError } from "./new-command.ts";
import { watchReaders } from "./output-readers.ts";
import { ownPackage } from "./own-package.ts";
import { refuseEmpty } from "./path-arguments.ts";
/** The `voxrx` command. */
import { printNotice } from "./print.ts";
import { runCommand } from "./run-command.ts";
import { scaleCommand } from "./scale-command.ts";
import { showCommand } from "./show-command.ts";
import { statsCommand } from "./stats-command.ts";

const exitCodes = `
Exit codes:
  0  everything was done
  1  a file could not be read or written, or what was checked has faults; the others were done
  2  the command was called in a wrong way`;

/** How long what a pipeline has left open (a timer, a connection) may keep the process alive, in ms. */
const patienceMs = 10_000;

watchReaders();
onWarning(({ code, message }) => printNotice(`warning: ${message} [${code}]`));

const program = newCommand(
  "voxrx",
  "Looks at medical images and datasets, converts and checks them, and runs pipelines.",
)
  .version((await ownPackage()).version, "-V, --version")
  .addHelpText("after", exitCodes)
  .hook("preAction", (_, { args }) => {
    for (const path of args) refuseEmpty("an argument", path, "a path or a name");
  })
  .addCommand(infoCommand())
  .addCommand(showCommand())
  .addCommand(convertCommand())
  .addCommand(checkCommand())
  .addCommand(statsCommand())
  .addCommand(datasetsCommand())
  .addCommand(downloadCommand())
  .addCommand(runCommand())
  .addCommand(computeBlocksCommand(), { hidden: true })
  .addCommand(scaleCommand())
  .addCommand(lockCommand())
  .addCommand(benchCommand())
  .addCommand(cacheCommand())
  .addCommand(doctorCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    reportFailure(error);
    if (error instanceof UsageError || isVoxRxError(error, "VOXRX_BAD_OPTION")) process.exitCode = 2;
  }
}
setTimeout(() => process.exit(), patienceMs).unref();
