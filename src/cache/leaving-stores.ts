/**
 * Stores that can leave samples where they are, and that only the engine asks for it. A store of a user around one of
 * them is not among them: it would get, and could keep, volumes whose samples are not read.
 */
export const leavingStores = new WeakSet<object>();
