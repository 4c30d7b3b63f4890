#!/usr/bin/env node
/** The `voxrx` command: inspects images and caches. */
import { Command } from "commander";
import { cacheCommand } from "./cache-command.ts";
import { infoCommand } from "./info-command.ts";

const program = new Command("voxrx")
  .description("Inspects medical images and the caches of pipelines.")
  .addCommand(infoCommand())
  .addCommand(cacheCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
