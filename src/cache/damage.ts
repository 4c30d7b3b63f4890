import type { DamageReport } from "./store.ts";

/**
 * What a store does about a damaged entry besides dropping it: calls `onDamage`, or warns of the first one if there is no such function.
 */
export function damageTeller(
  name: string,
  onDamage: ((report: DamageReport) => void) | undefined,
): (report: DamageReport) => void {
  let warned = false;
  return (report) => {
    if (onDamage) onDamage(report);
    else if (!warned) {
      warned = true;
      process.emitWarning(`${name}: entry ${report.key} is damaged (${report.fault}) and is recomputed`, {
        code: "VOXRX_STORE_DAMAGED",
        detail: "Later ones are counted in stats().damaged; give onDamage to hear of each.",
      });
    }
  };
}
