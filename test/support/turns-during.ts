/** The event loop during work on a clock of its own. */
import { vi } from "vitest";

/** Turns of the event loop during work that spends time of a clock of its own, in ms. */
export async function turnsDuring(
  work: (spend: (ms: number) => void) => Promise<void>,
  onTurn = () => {},
): Promise<number> {
  let [clock, ticks, running] = [0, 0, true];
  const now = vi.spyOn(performance, "now").mockImplementation(() => clock);
  const tick = () => {
    if (!running) return;
    ticks++;
    onTurn();
    setImmediate(tick);
  };
  setImmediate(tick);
  try {
    await work((ms) => {
      clock += ms;
    });
  } finally {
    running = false;
    now.mockRestore();
  }
  return ticks;
}
