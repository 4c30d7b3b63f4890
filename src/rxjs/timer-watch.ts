import type { SchedulerAction, Subscription } from "rxjs";
import { asyncScheduler } from "./observable.ts";

/** Calls a function; returns whether RxJS started a timer in it, other than one that only waits for the next turn. */
export function startsTimer(work: () => void): boolean {
  const { schedule } = asyncScheduler;
  let isStarted = false;
  asyncScheduler.schedule = <T>(
    task: (this: SchedulerAction<T>, state?: T) => void,
    delay?: number,
    state?: T,
  ): Subscription => {
    if (delay !== undefined && delay > 0) isStarted = true;
    return schedule.call<typeof asyncScheduler, Parameters<typeof schedule<T>>, Subscription>(
      asyncScheduler,
      task,
      delay,
      state,
    );
  };
  try {
    work();
  } finally {
    asyncScheduler.schedule = schedule;
  }
  return isStarted;
}
