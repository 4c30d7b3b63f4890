/** What every image format promises. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OptionError } from "../errors.ts";
import type { Format } from "../format/format.ts";
import type { Seed } from "../random/random.ts";
import type { Volume } from "../volume/volume.ts";
import type { Check } from "./checks.ts";
import { claimsCheck, declarationChecks, otherBytesCheck, sniffingCheck } from "./format-claim-checks.ts";
import { damageChecks } from "./format-damage-checks.ts";
import { decodingChecks, readingChecks, writingChecks } from "./format-image-checks.ts";
import { type FormatKeeps, type Subject, variedVolumes } from "./format-subject.ts";
import { within } from "./time-limit.ts";

export type { FormatKeeps } from "./format-subject.ts";

/** Options of {@link formatChecks}. */
export interface FormatCheckOptions {
  /** What it keeps of an image, where it does not keep all. */
  readonly keeps?: FormatKeeps;
  /** Images that it must keep. Default: small ones of all types and shapes that it keeps, some of them views. */
  readonly volumes?: readonly Volume[];
  /** Whether the first bytes tell its files; false if only the name does. Default true. */
  readonly sniffs?: boolean;
  /** Sound files by their names, for a format that is not written, or besides what it writes. Default none. */
  readonly samples?: Readonly<Record<string, Uint8Array>>;
  /** Directory in which files are written and removed again. Default: the system's for temporary files. */
  readonly dir?: string;
  /** Damaged files that each of a few files becomes. Default 150. */
  readonly damages?: number;
  /** What damage and samples are drawn with. Default 0. */
  readonly seed?: Seed;
  /** A check that takes longer is broken. Default 60000. */
  readonly timeoutMs?: number;
}

/**
 * The promises of an image format. A runner for them is `runChecks`; with a test runner, make a test of each.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for a format that is not written, without samples of its files
 * @example
 * ```ts
 * import { formatChecks, runChecks, type Format } from "voxrx/extend";
 * declare const vox: Format;
 * const checks = formatChecks(vox, { keeps: { dtypes: ["float32"], channels: 1, affine: false } });
 * const { broken } = await runChecks(checks);
 * for (const { promise, error } of broken) console.log(promise, error);
 * ```
 */
export function formatChecks(format: Format, options: FormatCheckOptions = {}): readonly Check[] {
  const {
    keeps = {},
    sniffs = true,
    seed = 0,
    samples = {},
    dir = tmpdir(),
    damages = 150,
    timeoutMs = 60_000,
  } = options;
  const isWritten = Boolean(format.encode || format.write);
  if (!isWritten && Object.keys(samples).length === 0) {
    throw new OptionError("VOXRX_BAD_OPTION", `the format ${format.name} is not written, and there are no samples`, {
      operator: "formatChecks",
      remedy: "Give samples: files of the format by their names.",
    });
  }
  const volumes = isWritten ? (options.volumes ?? variedVolumes(keeps, seed)) : [];
  const subject: Subject = { format, keeps, volumes, samples, seed, damages };
  const checks = [
    ...declarationChecks,
    ...(sniffs ? [sniffingCheck] : []),
    otherBytesCheck,
    ...(format.claims ? [claimsCheck] : []),
    ...(isWritten ? writingChecks : []),
    ...readingChecks,
    ...damageChecks,
    ...(format.decode ? decodingChecks : []),
  ];
  return checks.map(([promise, run]) => ({
    promise,
    async run() {
      const folder = await mkdtemp(join(dir, "voxrx-format-"));
      try {
        await within(timeoutMs, run(subject, folder), "the check");
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  }));
}
