/** The values of reports as people read them, and as a spreadsheet does. */

import { isNumeric, textOf, type Writing } from "#lib/fields/show.ts";
import { at, type Values } from "#lib/contract/condition.ts";
import type { Report, Section } from "#lib/contract/types.ts";
import { currencyOf, rowsOf, type Column } from "./columns.ts";
import { pointed } from "./pointer.ts";

/** How a column of a report, or a fact, is written. */
export function writing(column: Written): Writing {
  const { relation, ...told } = column;
  return relation === undefined ? told : { ...told, relation: { model: relation } };
}

type Written = Pick<Column, "kind" | "relation" | "options" | "widget">;

/** A value as text; a dash for nothing, and for zero, which nobody looks for. */
export function cellText(column: Written, value: unknown, code: string | null): string {
  const how = writing(column);
  if (isNumeric(how) && Number(value ?? 0) === 0) return "–";
  if (typeof value === "object" && value !== null) return listed(value);
  return textOf(how, value, code) || "–";
}

function listed(value: object): string {
  return Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}

/** All tables of a report, one below the other, with numbers and days as they are. */
export function tableOf(report: Report, sections: Section[], answer: unknown): string[][] {
  return sections.flatMap((section) => {
    const { columns } = section;
    const title = section.title === "" ? [] : [[section.title]];
    const rows = rowsOf(section, answer).map((row) =>
      columns.map((column) => plain(report, column, row, answer)),
    );
    const totals = section.totals.map((total) =>
      columns.map((column, n) => {
        const pointer = total.values[column.field];
        if (pointer !== undefined) return String(pointed(answer, pointer) ?? "");
        return n === 0 ? total.label : "";
      }),
    );
    return [...title, columns.map((column) => column.label), ...rows, ...totals, []];
  });
}

function plain(report: Report, column: Column, row: Values, answer: unknown): string {
  const value = at(row, column.field);
  if (value === null || value === undefined) return "";
  if (isNumeric(writing(column)) || column.kind.startsWith("date")) return String(value);
  return cellText(column, value, currencyOf(report, answer, row));
}
