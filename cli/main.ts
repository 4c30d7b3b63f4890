#!/usr/bin/env node
import { Command } from "commander";

const program = new Command("voxrx").description("Looks at medical images and caches");
await program.parseAsync();
