/** Records as events of a calendar, and events that were moved as changes of records. */

import type { Values } from "#lib/contract/condition.ts";
import type { Condition, Kind, Model } from "#lib/contract/types.ts";
import type { Row } from "#lib/records/records.ts";

export type View = NonNullable<Model["views"]["calendar"]>;

export const SPANS = ["month", "week", "day"] as const;
export type Span = (typeof SPANS)[number];

/** Which time is seen: the month, week or day that holds a day. */
export interface Shown {
  span: Span;
  day: string;
}

/** What is seen now: as it was asked for, unless another time was turned to. */
export function seenOf(asked: Shown, span: Span, from: Date, to: Date): Shown {
  const [first, beyond] = [written(from, "date"), written(to, "date")];
  const same = span === asked.span && first <= asked.day && asked.day < beyond;
  return same ? asked : { span, day: first };
}

/** An event: days where `allDay`, moments otherwise. The end is the first it is not on. */
export interface Entry {
  row: Row;
  start: Date;
  end: Date;
  allDay: boolean;
}

/** How long what has no end takes. */
const USUAL_MS = 60 * 60_000;

/** The events that touch the time from `from` up to `to`. */
export function during(view: View, kind: Kind, from: Date, to: Date): Condition[] {
  const first = written(from, kind);
  const begins: Condition = { field: view.start, op: "lt", value: written(to, kind) };
  const later: Condition = { field: view.start, op: "gte", value: first };
  if (view.end === null) return [begins, later];
  const ends: Condition = { field: view.end, op: "gte", value: first };
  return [begins, { or: [ends, later] }];
}

/** The events that begin before a time, or from it on. */
export function beyond(
  view: View,
  kind: Kind,
  side: "before" | "after",
  bound: Date,
): Condition {
  const op = side === "before" ? "lt" : "gte";
  return { field: view.start, op, value: written(bound, kind) };
}

/** The user's day on which an event begins. */
export function dayOf(begin: unknown): string | null {
  return typeof begin === "string" ? written(read(begin), "date") : null;
}

/** The event that a record is; undefined for one without a beginning. */
export function entryOf(view: View, kind: Kind, row: Row): Entry | undefined {
  const told = row[view.start];
  if (typeof told !== "string") return undefined;
  const end = view.end === null ? null : row[view.end];
  const start = read(told);
  if (kind === "datetime") {
    const over = typeof end === "string" ? read(end) : new Date(start.getTime() + USUAL_MS);
    return { row, start, end: over, allDay: false };
  }
  // A record's last day belongs to it; an event's end does not.
  const last = typeof end === "string" ? read(end) : start;
  return { row, start, end: plusDays(last, 1), allDay: true };
}

/** What to change of a record whose event was moved there. */
export function movedTo(view: View, kind: Kind, row: Row, start: Date, end: Date): Values {
  const values: Values = { [view.start]: written(start, kind) };
  if (view.end === null || typeof row[view.end] !== "string") return values;
  const last = kind === "datetime" ? end : plusDays(end, -1);
  return { ...values, [view.end]: written(last, kind) };
}

/** A moment, or the day that it is where the user is, as the daemon writes it. */
export function written(date: Date, kind: Kind): string {
  if (kind === "datetime") return date.toISOString();
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A day begins at the user's midnight. */
function read(text: string): Date {
  return new Date(text.length === 10 ? `${text}T00:00:00` : text);
}

export function plusDays(date: Date, days: number): Date {
  const moved = new Date(date);
  moved.setDate(moved.getDate() + days);
  return moved;
}

/** The entries by the days on which they begin, in the order of time. */
export function byDay(entries: Entry[]): [string, Entry[]][] {
  const sorted = [...entries].sort((a, b) => a.start.getTime() - b.start.getTime());
  return [...Map.groupBy(sorted, (entry) => written(entry.start, "date"))];
}
