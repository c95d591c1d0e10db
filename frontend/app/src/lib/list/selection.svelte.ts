/** The records that are selected in a list. */

import type { Row } from "#lib/records/records.ts";

export class Selection {
  private chosen = $state.raw<ReadonlyMap<string, Row>>(new Map());
  private anchor: string | null = null;

  get size(): number {
    return this.chosen.size;
  }

  get rows(): Row[] {
    return [...this.chosen.values()];
  }

  has(id: string): boolean {
    return this.chosen.has(id);
  }

  /** Selects a record, or no longer; the next range begins at it. */
  toggle(row: Row): void {
    const next = new Map(this.chosen);
    if (!next.delete(row.id)) next.set(row.id, row);
    this.chosen = next;
    this.anchor = row.id;
  }

  /** Selects all from the last one that was pressed to `row`, as they stand in `shown`. */
  extend(row: Row, shown: Row[]): void {
    const ends = [this.anchor ?? row.id, row.id].map((id) =>
      shown.findIndex((each) => each.id === id),
    );
    const [from = 0, to = 0] = ends.sort((one, other) => one - other);
    if (from < 0) return this.toggle(row);
    this.add(shown.slice(from, to + 1));
  }

  add(rows: Row[]): void {
    this.chosen = new Map([...this.chosen, ...rows.map((row) => [row.id, row] as const)]);
  }

  /** What was read anew is selected as it is now. */
  renew(rows: Row[]): void {
    const known = rows.filter((row) => this.chosen.has(row.id));
    if (known.length > 0) this.add(known);
  }

  forget(ids: string[]): void {
    const gone = new Set(ids);
    this.chosen = new Map([...this.chosen].filter(([id]) => !gone.has(id)));
  }

  clear(): void {
    this.chosen = new Map();
    this.anchor = null;
  }
}
