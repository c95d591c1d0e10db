/** What a chart is made of, whatever draws it. */

export interface Series {
  labels: string[];
  sets: NumberSet[];
  /** A colour of the fixed list for each label; for none, those of the sets. */
  colours?: (string | null)[];
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

/** Only the first `most` labels, and the sum of all others behind them. */
export function gathered(series: Series, most: number, others: string): Series {
  if (series.labels.length <= most) return series;
  const kept = most - 1;
  return {
    labels: [...series.labels.slice(0, kept), others],
    sets: series.sets.map(({ label, values }) => ({
      label,
      values: [...values.slice(0, kept), total(values.slice(kept))],
    })),
    ...(series.colours && { colours: [...series.colours.slice(0, kept), null] }),
  };
}

function total(values: (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
