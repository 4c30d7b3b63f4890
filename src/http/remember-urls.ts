import { isRecord } from "../item/record.ts";
import { rememberUrl } from "./identify-url.ts";
import { isUrl } from "./read-source.ts";

/** Remembers the URLs of an item: only a digest of them is stored, but whether their files have changed is checked. */
export function rememberUrlsIn(item: unknown): void {
  if (typeof item === "string") {
    if (isUrl(item) && URL.canParse(item)) rememberUrl(item);
  } else if (Array.isArray(item)) {
    for (const part of item) rememberUrlsIn(part);
  } else if (isRecord(item)) {
    for (const field of Object.values(item))
      if (typeof field === "string" || Array.isArray(field)) rememberUrlsIn(field);
  }
}
