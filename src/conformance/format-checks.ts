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
  /** What the format keeps of an image, if not everything. */
  readonly keeps?: FormatKeeps;
  /**
   * Images that the format must keep. Default: small ones of all types and shapes that it keeps, some of them views.
   */
  readonly volumes?: readonly Volume[];
  /** Whether its files can be recognized by their first bytes; false if only by their name. Default true. */
  readonly sniffs?: boolean;
  /** Valid files by name, for a format that can't be written, or in addition to what it writes. Default none. */
  readonly samples?: Readonly<Record<string, Uint8Array>>;
  /** Directory for temporary files, which are removed again. Default: that of the system. */
  readonly dir?: string;
  /** Number of damaged copies that are made of each of a few files. Default 150. */
  readonly damages?: number;
  /** Seed of the random damage and samples. Default 0. */
  readonly seed?: Seed;
  /** Time limit of a check, in ms; one that takes longer fails. Default 60000. */
  readonly timeoutMs?: number;
}

/**
 * Checks what an image format promises. Run them with `runChecks`, or make a test from each in a test runner.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for a format that can't be written, without `samples`
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
    throw new OptionError(
      "VOXRX_BAD_OPTION",
      `the format ${format.name} can't be written, so samples are needed, got none`,
      {
        operator: "formatChecks",
        remedy: "Pass samples: files of the format by name.",
      },
    );
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
      const checkDir = await mkdtemp(join(dir, "voxrx-format-"));
      try {
        await within(timeoutMs, run(subject, checkDir), "the check");
      } finally {
        await rm(checkDir, { recursive: true, force: true });
      }
    },
  }));
}
