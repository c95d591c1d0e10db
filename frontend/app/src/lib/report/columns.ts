/** What the tables of a report show: as it is declared, or else all that is in the answer. */

import { at, type Values } from "#lib/contract/condition.ts";
import type { Kind, Report, Section } from "#lib/contract/types.ts";
import { pointed } from "./pointer.ts";

export type Column = Section["columns"][number];
export type Fact = Report["facts"][number];

/** The sections of a report; without declared ones, a table for each array. */
export function sectionsOf(report: Report, answer: unknown): Section[] {
  if (report.sections.length > 0 || report.facts.length > 0) return report.sections;
  return entries(answer).flatMap(([key, value]) =>
    Array.isArray(value) && value.length > 0 ? [sectionOf(key, value)] : [],
  );
}

/** Its single values; without declared ones, those of the answer that are no tables. */
export function factsOf(report: Report, answer: unknown): Fact[] {
  if (report.sections.length > 0 || report.facts.length > 0) return report.facts;
  return entries(answer).flatMap(([key, value]) =>
    single(value) && `/${key}` !== report.paged?.next
      ? [{ at: `/${key}`, label: words(key), kind: kindOf(value) }]
      : [],
  );
}

function entries(answer: unknown): [string, unknown][] {
  return typeof answer === "object" && answer !== null ? Object.entries(answer) : [];
}

function single(value: unknown): boolean {
  return value !== null && typeof value !== "object";
}

function sectionOf(key: string, rows: unknown[]): Section {
  const first: unknown = rows[0];
  const fields = entries(first).filter(([name]) => name !== "id" && !/_id$/.test(name));
  const columns = fields.map(([field, value]) => ({
    field,
    label: words(field),
    kind: kindOf(value),
  }));
  return {
    title: key === "items" ? "" : words(key),
    at: `/${key}`,
    columns,
    totals: [],
    actions: [],
  };
}

/** `due_on` -> `Due on`. */
export function words(name: string): string {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function kindOf(value: unknown): Kind {
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return "decimal";
  if (typeof value !== "string") return value === null ? "text" : "json";
  if (/^-?\d+\.\d+$/.test(value)) return "decimal";
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return "date";
  return /^\d{4}-\d\d-\d\dT/.test(value) ? "datetime" : "text";
}

export function rowsOf(section: Section, answer: unknown): Values[] {
  const found = pointed(answer, section.at);
  return Array.isArray(found) ? (found as Values[]) : [];
}

/** The code of the currency that amounts of `row` are in: said by it, or by the answer. */
export function currencyOf(
  report: Report,
  answer: unknown,
  row: Values = {},
): string | null {
  const columns = report.sections
    .flatMap((section) => section.columns)
    .filter((each) => each.kind === "currency");
  const fact = report.facts.find((each) => each.kind === "currency");
  const told = [
    ...columns.map((each) => at(row, each.field)),
    row.currency,
    pointed(answer, fact?.at ?? "/currency"),
  ];
  return told.find((code) => typeof code === "string") ?? null;
}
