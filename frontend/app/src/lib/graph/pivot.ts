/** Groups as a table: one dimension down, another across, with totals. */

import { sum } from "#lib/format/numbers.ts";
import type { Measure } from "#lib/contract/types.ts";
import { ordered, type Dimension, type Key } from "./dimension.ts";
import type { Group } from "./select.ts";

export interface Pivot {
  rows: Key[];
  /** A single null where there is no second dimension. */
  columns: Key[];
  /** By row, then by column; null where there are no records. */
  cells: (string | null)[][];
  /** What rows, columns and all come to; null for measures that do not add up. */
  totals: Totals | null;
}

export interface Totals {
  rows: string[];
  columns: string[];
  all: string;
}

/** The `n`th measure of `groups` by one or two dimensions. */
export function pivotOf(
  groups: Group[],
  dimensions: Dimension[],
  measure: Measure,
  n = 0,
): Pivot {
  const [down, across] = dimensions;
  const rows = bySize(keysAt(groups, down, 0), groups, down, n);
  const columns = across === undefined ? [null] : keysAt(groups, across, 1);
  const place = (row: Key, column: Key) => JSON.stringify([row, column]);
  const known = new Map(
    groups.map((group) => [
      place(group.keys[0] ?? null, group.keys[1] ?? null),
      group.values[n] ?? null,
    ]),
  );
  const cells = rows.map((row) =>
    columns.map((column) => known.get(place(row, column)) ?? null),
  );
  return { rows, columns, cells, totals: addsUp(measure) ? totalsOf(cells) : null };
}

function keysAt(groups: Group[], dimension: Dimension | undefined, n: number): Key[] {
  const keys = [...new Set(groups.map((group) => group.keys[n] ?? null))];
  return dimension === undefined ? keys : ordered(dimension, keys);
}

/** What has no order of its own begins with what there is most of. */
function bySize(
  keys: Key[],
  groups: Group[],
  dimension: Dimension | undefined,
  n: number,
): Key[] {
  if (dimension === undefined || dimension.span !== null || dimension.field.options)
    return keys;
  const sizes = new Map<Key, number>();
  for (const group of groups) {
    const key = group.keys[0] ?? null;
    sizes.set(key, (sizes.get(key) ?? 0) + Number(group.values[n] ?? 0));
  }
  return keys.sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
}

function addsUp(measure: Measure): boolean {
  return measure.fn === "count" || measure.fn === "sum";
}

function totalsOf(cells: (string | null)[][]): Totals {
  const added = (values: (string | null)[]) => sum(values.map((value) => value ?? "0"));
  const columns = (cells[0] ?? []).map((_, n) => added(cells.map((row) => row[n] ?? null)));
  return { rows: cells.map(added), columns, all: added(columns) };
}
