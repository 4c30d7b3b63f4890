import { digest } from "../fingerprint/fingerprint.ts";

/** The backend's id of an entry: usable as the name of a file or object, even where case is ignored. */
export function backendIdOf(id: string): string {
  return isBackendId(id) ? id : digest(id);
}

/** Whether a name in a backend is that of an entry. */
export function isBackendId(id: string): boolean {
  return /^[0-9a-f]{64}$/.test(id);
}
