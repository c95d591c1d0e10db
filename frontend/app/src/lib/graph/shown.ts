/** A pivot as what a chart draws, as a table to take away, and where its cells lead. */

import type { Series } from "#lib/chart/series.ts";
import { listPath } from "#lib/contract/contract.svelte.ts";
import type { Condition, Measure, Model } from "#lib/contract/types.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import { colourOf, conditionOf, type Dimension, type Key } from "./dimension.ts";
import type { Pivot } from "./pivot.ts";
import { currencyField } from "./select.ts";
import { dimensionText, keyText } from "./words.ts";

/** Everything that a graph shows. */
export interface Shown {
  model: Model;
  where: Condition[];
  dimensions: Dimension[];
  measure: Measure;
  /** As the records have it. */
  currency: string | null;
  pivot: Pivot;
}

export function seriesOf({ pivot, dimensions, measure }: Shown): Series {
  const [down, across] = dimensions;
  return {
    labels: pivot.rows.map((key) => text(down, key)),
    colours: pivot.rows.map((key) => (down === undefined ? null : colourOf(down, key))),
    sets: pivot.columns.map((column, n) => ({
      label: across === undefined ? measure.title : keyText(across, column),
      values: pivot.cells.map((row) => numeric(row[n] ?? null)),
    })),
    timed: typeof down?.span === "string",
  };
}

/** A drawing needs no more digits than a binary number has. */
function numeric(value: string | null): number | null {
  return value === null ? null : Number(value);
}

function text(dimension: Dimension | undefined, key: Key): string {
  return dimension === undefined ? "" : keyText(dimension, key);
}

/** The table with its headings and totals; numbers as they are, to be reckoned with. */
export function tableOf({ pivot, dimensions, measure }: Shown): string[][] {
  const [down, across] = dimensions;
  const head = down === undefined ? "" : dimensionText(down);
  const columns = pivot.columns.map((key) =>
    across === undefined ? measure.title : keyText(across, key),
  );
  const { totals } = pivot;
  const sums = totals !== null && across !== undefined;
  const rows = pivot.rows.map((key, n) => [
    text(down, key),
    ...(pivot.cells[n] ?? []).map((cell) => cell ?? ""),
    ...(sums ? [totals.rows[n] ?? ""] : []),
  ]);
  const total = t("views.total");
  return [
    [head, ...columns, ...(sums ? [total] : [])],
    ...rows,
    ...(totals === null ? [] : [[total, ...totals.columns, ...(sums ? [totals.all] : [])]]),
  ];
}

/** The list of the records of a cell. */
export function cellPath(shown: Shown, row: Key, column: Key): string {
  const { model, where, dimensions, currency } = shown;
  const held = dimensions.map((each, n) => conditionOf(each, n === 0 ? row : column));
  const field = currencyField(model, [shown.measure]);
  const money: Condition[] =
    field === null || currency === null ? [] : [{ field, op: "eq", value: currency }];
  return listPath(model, [...where, ...held, ...money]);
}
