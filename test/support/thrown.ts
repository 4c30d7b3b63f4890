/** What calls throw. */
import { isVoxRxError } from "voxrx";

/** What a function throws; what it returns if it throws nothing. */
export function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

/** The code of what a function throws, or the text of another error; undefined if it throws nothing. */
export function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return isVoxRxError(error) ? error.code : String(error);
  }
  return undefined;
}
