import { callUser } from "../async/call-user.ts";
import { warn } from "../warnings.ts";
import type { DamageReport } from "./store.ts";

/**
 * What a store does about a damaged entry, in addition to dropping it: calls `onDamage`, or warns about the first one
 * if there is no such function.
 */
export function damageReporter(
  name: string,
  onDamage: ((report: DamageReport) => void) | undefined,
): (report: DamageReport) => void {
  let warned = false;
  return (report) => {
    if (onDamage) callUser("onDamage", () => onDamage(report));
    else if (!warned) {
      warned = true;
      warn({
        code: "VOXRX_STORE_DAMAGED",
        message: `${name}: entry ${report.id} is damaged (${report.fault}) and is recomputed`,
        detail: "Later ones are counted in stats().damaged; pass onDamage to be notified of each.",
      });
    }
  };
}
