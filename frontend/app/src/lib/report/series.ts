/** The chart of a report, out of the rows of one of its sections. */

import type { Series } from "#lib/chart/series.ts";
import { at } from "#lib/contract/condition.ts";
import { sum } from "#lib/format/numbers.ts";
import type { Report, Section } from "#lib/contract/types.ts";
import { currencyOf, rowsOf, type Column } from "./columns.ts";
import { cellText } from "./written.ts";

export interface Charted {
  series: Series;
  measure: Column;
  code: string | null;
}

/** What is drawn; null where there is nothing to draw. Amounts of one currency only. */
export function chartedOf(
  report: Report,
  sections: Section[],
  answer: unknown,
): Charted | null {
  const { chart } = report;
  const section = chart && sections[chart.section];
  const by = section?.columns.find((column) => column.field === chart?.by);
  const measure = section?.columns.find((column) => column.field === chart?.measure);
  if (section === undefined || by === undefined || measure === undefined) return null;
  const rows = rowsOf(section, answer);
  const [first] = rows;
  if (first === undefined) return null;
  const code = currencyOf(report, answer, first);
  const alike = rows.filter((row) => currencyOf(report, answer, row) === code);
  const grouped = Map.groupBy(alike, (row) => cellText(by, at(row, by.field), null));
  const values = [...grouped.values()].map((each) =>
    Number(sum(each.map((row) => String(at(row, measure.field) ?? "0")))),
  );
  const series = {
    labels: [...grouped.keys()],
    sets: [{ label: measure.label, values }],
    timed: by.kind === "date",
  };
  return { series, measure, code };
}
