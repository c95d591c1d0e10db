/** The columns of a board and the cards in them, as data. */

import type { Key } from "#lib/graph/dimension.ts";
import type { Row } from "#lib/records/records.ts";

export interface Column {
  /** What its cards have in common; null for those that have none. */
  key: string | null;
  title: string;
  colour: string | null;
  cards: Row[];
  /** Where the next cards begin; null when all are here. */
  next: string | null;
  /** How many cards there are, here or not. */
  count: number;
  /** What they come to, in each currency. */
  sums: Sum[];
}

export interface Sum {
  currency: string | null;
  value: string;
}

export function emptyColumn(key: string | null, title: string, colour: string | null) {
  return { key, title, colour, cards: [], next: null, count: 0, sums: [] } satisfies Column;
}

/** The columns with `rows` where they belong now: at their old place, or on top. */
export function placed(columns: Column[], rows: Row[], by: string): Column[] {
  const moved = new Map(rows.map((row) => [row.id, row]));
  return columns.map((column) => {
    const belongs = (row: Row) => (row[by] ?? null) === column.key;
    const stay = new Set<string>();
    const cards = column.cards.flatMap((card) => {
      const row = moved.get(card.id);
      if (row === undefined) return [card];
      if (!belongs(row)) return [];
      stay.add(row.id);
      return [row];
    });
    const come = rows.filter((row) => belongs(row) && !stay.has(row.id));
    return { ...column, cards: [...come, ...cards] };
  });
}

/** The columns without the cards of `ids`. */
export function without(columns: Column[], ids: Set<string>): Column[] {
  return columns.map((column) => ({
    ...column,
    cards: column.cards.filter((card) => !ids.has(card.id)),
  }));
}

/** What a column counts after one card more or less, until the daemon has told. */
export function counted(columns: Column[], from: Key, to: Key): Column[] {
  return columns.map((column) => {
    const change = Number(column.key === to) - Number(column.key === from);
    return change === 0 ? column : { ...column, count: column.count + change };
  });
}
