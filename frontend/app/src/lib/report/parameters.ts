/** The parameters of a report, which its address keeps. */

import type { Field, Report } from "#lib/contract/types.ts";

/** The parameters that somebody fills in: what pages the answer is the reader's own matter. */
export function parametersOf({ parameters, paged }: Report): Field[] {
  return parameters.filter((field) => !paged?.parameters.includes(field.name));
}

/** What the address says of them. */
export function askedOf(
  report: Report,
  query: Pick<URLSearchParams, "get">,
): Record<string, string> {
  const told = parametersOf(report).flatMap((field) => {
    const value = query.get(field.name);
    return value === null || value === "" ? [] : [[field.name, value]];
  });
  return Object.fromEntries(told) as Record<string, string>;
}

/** Those that must be there, and are not. */
export function missing(report: Report, asked: Record<string, string>): Field[] {
  return parametersOf(report).filter((field) => field.required && !(field.name in asked));
}

/** What a field gives, as a query has it; nothing for none. */
export function queryText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** What a field takes, from the text in a query. */
export function fieldValue(field: Field, text: string | undefined): unknown {
  if (text === undefined || text === "") return null;
  if (field.kind === "boolean") return text === "true";
  return field.kind === "references" || field.kind === "tags" ? text.split(",") : text;
}
