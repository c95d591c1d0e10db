/** The values of reports as people read them, and as a spreadsheet does. */

import { isNumeric, textOf, type Writing } from "#lib/fields/show.ts";
import type { Values } from "#lib/contract/condition.ts";
import type { Report, Section } from "#lib/contract/types.ts";
import { currencyOf, rowsOf, type Column } from "./columns.ts";
import { pointed } from "./pointer.ts";

type Shown = Pick<Column, "kind" | "relation" | "widget">;

/** How a column of a report, or a fact, is written. */
export function writing({ relation, ...column }: Shown): Writing {
  return relation === undefined ? column : { ...column, relation: { model: relation } };
}

/** A value as text; a dash for nothing, and for zero, which nobody looks for. */
export function cellText(column: Shown, value: unknown, code: string | null): string {
  const how = writing(column);
  if (isNumeric(how) && Number(value ?? 0) === 0) return "–";
  if (typeof value === "object" && value !== null) return listed(value);
  return textOf(how, value, code) || "–";
}

function listed(value: object): string {
  return Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}

/** All tables of a report, one below the other, with numbers as they are. */
export function tableOf(report: Report, sections: Section[], answer: unknown): string[][] {
  return sections.flatMap((section) => {
    const { columns } = section;
    const title = section.title === "" ? [] : [[section.title]];
    const rows = rowsOf(section, answer).map((row) =>
      columns.map((column) => plain(report, column, row, answer)),
    );
    const totals = section.totals.map((total) =>
      columns.map((column, n) => {
        const at = total.values[column.field];
        if (at !== undefined) return String(pointed(answer, at) ?? "");
        return n === 0 ? total.label : "";
      }),
    );
    return [...title, columns.map((column) => column.label), ...rows, ...totals, []];
  });
}

function plain(report: Report, column: Column, row: Values, answer: unknown): string {
  const value = row[column.field];
  if (value === null || value === undefined) return "";
  if (isNumeric(writing(column))) return String(value);
  return cellText(column, value, currencyOf(report, answer, row));
}
