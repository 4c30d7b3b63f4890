import type { Profile } from "../profile/profile.ts";
import { type Runnable, runSample, type Sample } from "./sampled-run.ts";

/** Where the time of the first items goes. */
export async function profileOf(dataset: Runnable<unknown>, sample: Sample): Promise<Profile> {
  const run = await runSample(dataset, sample, () => undefined);
  return run.profile();
}
