/** What a chart is made of, whatever draws it. */

export interface Series {
  labels: string[];
  sets: NumberSet[];
  /** A colour of the fixed list for each label; for none, those of the sets. */
  colours?: (string | null)[];
  /** Whether the labels are times. */
  timed?: boolean;
  /** Of gathered ones: where each label stood; the last one was none. */
  from?: number[];
}

export interface NumberSet {
  label: string;
  values: (number | null)[];
}

/** The colours of sets and slices, in their order. */
export const COLOURS = [
  "blue",
  "teal",
  "amber",
  "violet",
  "green",
  "pink",
  "red",
  "slate",
] as const;

/** The colour of the `n`th set or slice, where it has none of its own. */
export function colourAt(n: number): string {
  return COLOURS[n % COLOURS.length] ?? "slate";
}

/**
 * Only the `most` labels that matter most, the last of which stands for all others: their
 * sums. Times stay as they are, for what comes after them cannot be told by a sum.
 */
export function gathered(series: Series, most: number, others: string): Series {
  if (series.timed || series.labels.length <= most) return series;
  const from = heaviest(series, most - 1);
  const kept = new Set(from);
  return {
    labels: [...from.map((n) => series.labels[n] ?? ""), others],
    sets: series.sets.map(({ label, values }) => ({
      label,
      values: [
        ...from.map((n) => values[n] ?? null),
        total(values.filter((_, n) => !kept.has(n))),
      ],
    })),
    ...(series.colours && {
      colours: [...from.map((n) => series.colours?.[n] ?? null), null],
    }),
    from,
  };
}

/** Where the `most` labels with the greatest values stand, in their order. */
function heaviest({ labels, sets }: Series, most: number): number[] {
  const weights = labels.map((_, n) =>
    total(sets.map(({ values }) => Math.abs(values[n] ?? 0))),
  );
  const weightOf = (n: number): number => weights[n] ?? 0;
  const places = labels.map((_, n) => n).sort((a, b) => weightOf(b) - weightOf(a));
  return places.slice(0, most).sort((a, b) => a - b);
}

/** Where the `n`th label stood before others were gathered; nowhere, if it is they. */
export function origin(series: Series, n: number): number | undefined {
  return series.from === undefined ? n : series.from[n];
}

function total(values: (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
