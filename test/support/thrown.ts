/** What calls throw. */
import { isVoxRxError, type VoxRxError } from "voxrx";

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

/** The error of ours that a function throws, at once or later. Anything else is thrown on. */
export async function thrown(work: () => unknown): Promise<VoxRxError> {
  try {
    await work();
  } catch (error) {
    if (isVoxRxError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
