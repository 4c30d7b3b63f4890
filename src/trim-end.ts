/**
 * A string without the characters at its end that are padding. A regular expression such as `/ +$/` gives the same, but
 * takes time that grows with the square of a run of padding inside of the string.
 */
export function trimEndOf(text: string, padding: string): string {
  let end = text.length;
  while (end > 0 && padding.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
