/**
 * Keys of samples in shards, from the ids of items and back. An id that can be the start of a file name in a tar is its
 * own key. Others are escaped: `imagesTr/la_003.nii.gz` becomes `imagesTr/la_003%2Enii%2Egz`, because WebDataset ends the
 * key at the first dot of the last part.
 */

/** The key of an id that has no character. */
const emptyKey = "%";
const escapes = /%u([0-9A-F]{4})|%([0-9A-F]{2})/g;

/** The key of an id. {@link idOfSampleKey} returns the id again. */
export function sampleKeyOf(id: string): string {
  // A percent sign is escaped only where the key would stand for another id.
  return escaped(id) === id && idOfSampleKey(id) === id ? id : escapedWithPercents(id);
}

/** The id that a key stands for. A key that {@link sampleKeyOf} doesn't make is an id itself: other tools wrote it. */
export function idOfSampleKey(key: string): string {
  if (key === emptyKey) return "";
  if (!key.includes("%")) return key;
  const id = key.replace(escapes, (_, unit, byte) => String.fromCharCode(Number.parseInt(unit ?? byte, 16)));
  return escapedWithPercents(id) === key ? id : key;
}

/** Escapes everything, percent signs too that could start an escape. */
function escapedWithPercents(id: string): string {
  return escaped(id.replace(/%(?=u[0-9A-F]{4}|[0-9A-F]{2})/gi, "%25"));
}

/** Escapes everything except percent signs. */
function escaped(id: string): string {
  if (id === "") return emptyKey;
  if (id === emptyKey) return "%25";
  return (
    id
      // Control characters and backslashes; a lone surrogate is not Unicode.
      .replace(/[\\\p{Cs}]|(?=[\0-\x7f])\p{Cc}/gu, escapedUnit)
      // Empty parts disappear from a path.
      .replace(/^\/|\/$|(?<=\/)\//g, escapedUnit)
      // Dots of the last part end the key; `.`, `..` and hidden directories are not taken from an archive.
      .replace(/\.(?=[^/]*$)|(?<=^|\/)\./g, escapedUnit)
      // WebDataset skips `__meta__`, and macOS writes `__MACOSX`.
      .replace(/^_(?=_)/, escapedUnit)
      // A drive of Windows.
      .replace(/(?<=^[a-z]):/i, escapedUnit)
  );
}

function escapedUnit(character: string): string {
  const code = character.charCodeAt(0);
  const digits = code.toString(16).toUpperCase();
  return code < 0x80 ? `%${digits.padStart(2, "0")}` : `%u${digits}`;
}
