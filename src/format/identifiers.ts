/** Names, IDs and birth dates of patients in the texts of image headers. */

const mask = "***";
/** A word of fewer characters than this is replaced only where it stands alone. */
const shortWord = 4;

/**
 * A text in which `***` stands for each identifier, in upper or lower case, and for each part of it: names are written
 * `Family^Given`, several values `a\b`. Single characters are left.
 */
export function withoutIdentifiers(text: string, identifiers: readonly string[]): string {
  const words = new Set(identifiers.flatMap((one) => [one, ...one.split(/[\^=\\\s,]+/), one.replace(/[\^=]+/g, " ")]));
  const sorted = [...words].map((word) => word.trim()).filter((word) => word.length > 1);
  sorted.sort((a, b) => b.length - a.length);
  return sorted.reduce((left, word) => {
    const literal = word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    const alone = `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`;
    return left.replace(new RegExp(word.length < shortWord ? alone : literal, "giu"), mask);
  }, text);
}

/** Keys of the patient, staff, place and order in `gggg|eeee`, as ITK writes DICOM's elements (PS3.15, table E.1-1). */
const identifyingTags =
  /^(?:0010\|(?!0040|1010|1020|1030)|0008\|(?:0050|0080|0081|0090|0092|0094|0096|009c|1010|1040|1048|1049|1050|1052|1060|1062|1070|1072|1120)|0020\|(?:0010|4000)|0032\|(?:1032|1033|4000)|0038\||0040\|(?:0006|0241|0242|0243|1001|1400|2016|2017|a075|a123|a124))/;
const identifyingNames =
  /patient|subject[ _-]?(?:name|id)|birth|\bmrn\b|medical[ _-]?record|accession|physician|operators?[ _-]?name|institution/i;
/** Keys of geometry whose names have the word. */
const harmlessNames = /position|orientation|patient[ _-]?(?:sex|age|size|weight)/i;

/**
 * The free key-value pairs of a header, without those that identify the patient by their key, as DICOM's tag or by name.
 * What these say is masked in the values of the others too.
 */
export function pairsWithoutPatient(pairs: Readonly<Record<string, string>>): Record<string, string> {
  const isOfPatient = (key: string) =>
    identifyingTags.test(tagIn(key)) || (identifyingNames.test(key) && !harmlessNames.test(key));
  const entries = Object.entries(pairs);
  const identifiers = entries.flatMap(([key, value]) => (isOfPatient(key) ? [value] : []));
  const kept = entries.filter(([key]) => !isOfPatient(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutIdentifiers(value, identifiers)]));
}

/** The tag of a key such as `0010|0010`, `DICOM_0010_0010` or `(0010,0010)`, as `0010|0010`; else empty. */
function tagIn(key: string): string {
  const [, group, element] = /(?<![0-9a-f])([0-9a-f]{4})[|_, ]([0-9a-f]{4})(?![0-9a-f])/i.exec(key) ?? [];
  return group === undefined || element === undefined ? "" : `${group}|${element}`.toLowerCase();
}
