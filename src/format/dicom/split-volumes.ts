/** Sorts slices that share their positions into volumes: by one rule for the whole series. */
import { badSeries, type Slice, sliceName } from "./slice.ts";
import { compareValues, type KeyValue, type VolumeKeyword, volumeKeys, volumeKeywords } from "./volume-keys.ts";

/** The volumes of a series. */
export interface Volumes {
  /** The slices of each volume, in the order of the positions. */
  readonly slices: readonly (readonly Slice[])[];
  /** What told them apart, the most significant first. */
  readonly by: readonly VolumeKeyword[];
  /** The values of each volume's first slice. */
  readonly values: readonly Readonly<Record<string, KeyValue["shown"]>>[];
}

/** The slices of one volume each. */
type Grouping = readonly (readonly Slice[])[];
/** Groupings, or why there are none. */
type Attempt = Grouping | string;

/**
 * Finds what tells the slices at the same positions apart. It must tell them apart at every position, with the same
 * values everywhere, or, for what only counts, in an order that all positions agree about. Tried are single attributes,
 * then combinations. A volume never has slices of different contrasts, if a contrast is known to be the same choice at
 * every position.
 *
 * @param levels the slices at each position, equally many
 * @param wanted the only attributes to use; undefined: all
 * @throws FormatError `VOXRX_BAD_SERIES`, `VOXRX_BAD_HEADER` for a malformed value
 */
export function splitVolumes(
  levels: readonly (readonly Slice[])[],
  wanted: readonly VolumeKeyword[] | undefined,
  path: string,
): Volumes {
  const splitter = new Splitter(levels);
  const tried = new Map<string, string>();
  for (const { by, split } of wanted ? splitter.named(wanted) : splitter.ways()) {
    const found = split();
    if (typeof found !== "string") return { slices: found, by, values: splitter.valuesOf(found, by) };
    const name = by.join(" with ");
    tried.set(name, found);
  }
  throw nothingTells(levels, tried, wanted, path);
}

interface Way {
  readonly by: readonly VolumeKeyword[];
  split(): Attempt;
}

class Splitter {
  readonly #levels: readonly (readonly Slice[])[];
  readonly #known = new Map<VolumeKeyword, ReadonlyMap<Slice, KeyValue | undefined>>();

  constructor(levels: readonly (readonly Slice[])[]) {
    this.#levels = levels;
  }

  /** The ways to tell volumes apart, the best first. */
  *ways(): Generator<Way> {
    for (const keyword of volumeKeywords) {
      yield { by: [keyword], split: () => this.#unmixed(this.#byEqual([keyword])) };
    }
    const combined = this.#combination();
    yield* this.#ifAny(combined, () => this.#byEqual(combined));
    for (const keyword of volumeKeywords) {
      yield { by: [keyword], split: () => this.#unmixed(this.#byOrder([], keyword)) };
    }
    for (const keyword of volumeKeywords) {
      if (combined.length === 0 || combined.includes(keyword)) continue;
      yield { by: [...combined, keyword], split: () => this.#unmixed(this.#byOrder(combined, keyword)) };
    }
  }

  /** The ways to tell volumes apart by the attributes that the user named. */
  *named(keywords: readonly VolumeKeyword[]): Generator<Way> {
    yield { by: keywords, split: () => this.#byEqual(keywords) };
    const last = keywords.at(-1);
    if (last) yield { by: keywords, split: () => this.#byOrder(keywords.slice(0, -1), last) };
  }

  /** The values of the first slices of volumes, for the user. */
  valuesOf(volumes: Grouping, keywords: readonly VolumeKeyword[]): Record<string, KeyValue["shown"]>[] {
    return volumes.map(([first]) => {
      const values = keywords.map((keyword) => [keyword, first && this.#value(first, keyword)?.shown] as const);
      return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
    });
  }

  *#ifAny(by: readonly VolumeKeyword[], split: () => Attempt): Generator<Way> {
    if (by.length > 1) yield { by, split };
  }

  /** By the values, which must be the same at every position. */
  #byEqual(keywords: readonly VolumeKeyword[]): Attempt {
    const absent = keywords.find((keyword) => this.#isAbsent(keyword));
    if (absent) return `${absent} is not in the files`;
    const sorted = this.#levels.map((level) => [...level].sort((a, b) => this.#compare(a, b, keywords)));
    const repeated = sorted.find((level) => this.#distinct(level, keywords) < level.length);
    if (repeated) return `the same in several slices at the position of ${sliceName(repeated[0])}`;
    const [first = []] = sorted;
    const odd = sorted.find((level) => !this.#areAlike(first, level, keywords));
    if (odd) return `other values at the position of ${sliceName(odd[0])} than at that of ${sliceName(first[0])}`;
    return first.map((_, volume) => sorted.flatMap((level) => level.slice(volume, volume + 1)));
  }

  /**
   * By the order of the values, within the slices that are alike in `within`. All values of a volume must be before
   * those of the next; or, for a counter, all of a position before those of the next.
   */
  #byOrder(within: readonly VolumeKeyword[], keyword: VolumeKeyword): Attempt {
    if (!this.#levels.flat().every((slice) => this.#value(slice, keyword))) return "not in all files";
    const all = [...within, keyword];
    const sorted = this.#levels.map((level) => [...level].sort((a, b) => this.#compare(a, b, all)));
    const repeated = sorted.find((level) => this.#distinct(level, all) < level.length);
    if (repeated) return `the same in several slices at the position of ${sliceName(repeated[0])}`;
    const [first = []] = sorted;
    const isOdd = sorted.some((level) => !this.#areAlike(first, level, within));
    if (isOdd) return `${within.join(" with ")} differs between positions`;
    const volumes = first.map((_, volume) => sorted.flatMap((level) => level.slice(volume, volume + 1)));
    const isContrast = volumeKeys[keyword].kind === "contrast";
    for (const group of this.#alikeIn(volumes, within)) {
      const isInTurn = this.#areApart(group, keyword) && (keyword !== "InstanceNumber" || this.#haveOneOrder(group));
      const isByPlace = !isContrast && this.#areApart(transposed(group), keyword);
      if (!isInTurn && !isByPlace) return "its order is not the same at every position";
    }
    return volumes;
  }

  /** The volumes, unless one has slices of different contrasts. */
  #unmixed(attempt: Attempt): Attempt {
    if (typeof attempt === "string") return attempt;
    for (const keyword of volumeKeywords) {
      if (volumeKeys[keyword].kind !== "contrast" || this.#isAbsent(keyword)) continue;
      const [first = [], ...others] = this.#levels.map((level) =>
        [...level].sort((a, b) => this.#compare(a, b, [keyword])),
      );
      if (!others.every((level) => this.#areAlike(first, level, [keyword]))) continue;
      if (attempt.some((slices) => this.#distinct(slices, [keyword]) > 1))
        return `mixes slices of different ${keyword}`;
    }
    return attempt;
  }

  /** The attributes that together tell most slices apart, with the same values at every position. */
  #combination(): readonly VolumeKeyword[] {
    const [first = []] = this.#levels;
    const agree = (keywords: readonly VolumeKeyword[]) => {
      const sorted = this.#levels.map((level) => [...level].sort((a, b) => this.#compare(a, b, keywords)));
      return sorted.every((level) => this.#areAlike(sorted[0] ?? [], level, keywords));
    };
    let chosen: readonly VolumeKeyword[] = [];
    for (const keyword of volumeKeywords) {
      const more = [...chosen, keyword];
      if (this.#distinct(first, more) > this.#distinct(first, chosen) && agree(more)) chosen = more;
    }
    // What an attribute tells, a later one may tell too.
    for (const keyword of chosen) {
      const fewer = chosen.filter((other) => other !== keyword);
      if (this.#distinct(first, fewer) === this.#distinct(first, chosen) && agree(fewer)) chosen = fewer;
    }
    return chosen;
  }

  /** Volumes in groups of the same values. */
  #alikeIn(volumes: Grouping, keywords: readonly VolumeKeyword[]): Grouping[] {
    const groups: (readonly Slice[])[][] = [];
    for (const volume of volumes) {
      const group = groups.find(([known]) => this.#areAlike(known ?? [], volume, keywords));
      if (group) group.push(volume);
      else groups.push([volume]);
    }
    return groups;
  }

  /** Whether the ranges of values of the groups do not overlap. */
  #areApart(groups: Grouping, keyword: VolumeKeyword): boolean {
    const ranges = groups.map((group) => {
      const values = group.map((slice) => this.#value(slice, keyword)).sort(compareValues);
      return { low: values[0], high: values.at(-1) };
    });
    ranges.sort((a, b) => compareValues(a.low, b.low));
    return ranges.every(({ low }, n) => n === 0 || compareValues(ranges[n - 1]?.high, low) < 0);
  }

  /** Whether the positions follow each other alike in all volumes. Frames of one file are in the order of the file. */
  #haveOneOrder(volumes: Grouping): boolean {
    const [first] = volumes;
    if (first?.every(({ image }) => image.places.length > 1 && !image.mosaic)) return true;
    const orders = volumes.map((volume) => {
      const numbered = volume.map((slice, level) => ({ level, value: this.#value(slice, "InstanceNumber") }));
      return numbered
        .sort((a, b) => compareValues(a.value, b.value))
        .map(({ level }) => level)
        .join();
    });
    return new Set(orders).size <= 1;
  }

  #isAbsent(keyword: VolumeKeyword): boolean {
    return this.#levels.every((level) => level.every((slice) => this.#value(slice, keyword) === undefined));
  }

  #distinct(slices: readonly Slice[], keywords: readonly VolumeKeyword[]): number {
    const sorted = [...slices].sort((a, b) => this.#compare(a, b, keywords));
    return sorted.filter((slice, n) => {
      const previous = sorted[n - 1];
      return !previous || this.#compare(previous, slice, keywords) !== 0;
    }).length;
  }

  #areAlike(a: readonly Slice[], b: readonly Slice[], keywords: readonly VolumeKeyword[]): boolean {
    return a.every((slice, n) => {
      const other = b[n];
      return other !== undefined && this.#compare(slice, other, keywords) === 0;
    });
  }

  #compare(a: Slice, b: Slice, keywords: readonly VolumeKeyword[]): number {
    for (const keyword of keywords) {
      const order = compareValues(this.#value(a, keyword), this.#value(b, keyword));
      if (order !== 0) return order;
    }
    return 0;
  }

  #value(slice: Slice, keyword: VolumeKeyword): KeyValue | undefined {
    let values = this.#known.get(keyword);
    if (!values) {
      values = new Map(this.#levels.flat().map((each) => [each, volumeKeys[keyword].read(each)]));
      this.#known.set(keyword, values);
    }
    return values.get(slice);
  }
}

/** One group for each position instead of for each volume. */
function transposed(volumes: Grouping): Grouping {
  const [first = []] = volumes;
  return first.map((_, level) => volumes.flatMap((volume) => volume.slice(level, level + 1)));
}

function nothingTells(
  levels: readonly (readonly Slice[])[],
  tried: ReadonlyMap<string, string>,
  wanted: readonly VolumeKeyword[] | undefined,
  path: string,
): Error {
  const [level = []] = levels;
  const names = level.slice(0, 2).map(sliceName).join(" and ");
  const isAbsent = ([, reason]: readonly [string, string]) => reason.includes("not in ");
  // Of those that nobody asked for, the absent ones help nobody.
  const shown = wanted ? [...tried] : [...tried].filter((one) => !isAbsent(one));
  const byReason = new Map<string, string[]>();
  for (const [name, reason] of shown) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  const details = [
    ...[...byReason].map(([reason, names]) => `${names.join(", ")} (${reason})`),
    ...(shown.length === 0 ? ["none of the attributes that tell volumes apart is in all files"] : []),
  ].join("; ");
  const what = wanted ? `${wanted.join(" with ")} does not distinguish them` : "no tag distinguishes them";
  return badSeries(
    `${level.length} slices are at the same position and ${what}: ${names}; tried: ${details}`,
    path,
    'If they are several volumes, name what tells them apart: readDicomSeries(dir, { volumeBy: "EchoTime" }), or several attributes in a list. If they are copies, remove one of each.',
  );
}
