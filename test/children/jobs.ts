/** Runs jobs of test/support/fault-jobs.ts one after another and sends how each ended. Argument: a list in JSON. */
import { type JobPlace, outcomeOf } from "../support/fault-jobs.ts";

const list: readonly { readonly job: string; readonly place: JobPlace }[] = JSON.parse(process.argv[2] ?? "[]");
const send = (message: unknown) => new Promise<void>((done) => process.send?.(message, undefined, {}, () => done()));
process.on("unhandledRejection", (error) => void send({ job: "unhandled", end: `raw: ${String(error)}` }));
for (const { job, place } of list) await send(await outcomeOf(job, place));
process.disconnect?.();
