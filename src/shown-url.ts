/**
 * URLs as they may be shown and stored: without user, password, query and fragment, which may contain secrets. Messages,
 * warnings and records contain URLs only in this form.
 */

/** A URL, or what was given for one, as it may be shown. A local path is returned unchanged. */
export function shownUrl(given: string | URL): string {
  const text = String(given);
  if (!urlStart.test(text)) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && url.origin !== "null") return url.origin + url.pathname;
  if (url && url.host !== "") return `${url.protocol}//${url.host}${url.pathname}`;
  // Not a URL as it should be: whatever is before an @ or after ? or # may be a secret.
  const [start = ""] = urlStart.exec(text) ?? [];
  const rest = text.slice(start.length);
  return start.trimStart() + rest.slice(rest.lastIndexOf("@") + 1).replace(/[?#].*$/s, "");
}

/** A text in which every URL is as it may be shown. */
export function withShownUrls(text: string): string {
  return text.includes(":/") || text.includes(":\\") ? text.replace(urlInText, (url) => shownUrl(url)) : text;
}

/** A scheme of at least two letters: one letter is a drive of Windows. */
const urlStart = /^\s*[a-z][a-z\d+.-]+:[\\/]+/i;
const urlInText = /\b[a-z][a-z\d+.-]+:[\\/]+[^\s"'`<>)]*/gi;
