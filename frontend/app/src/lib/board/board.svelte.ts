/** The state of a board: its columns, read from the daemon and kept as it is there. */

import type { Condition, Field, Measure, Model } from "#lib/contract/types.ts";
import { groups } from "#lib/graph/groups.ts";
import type { Group } from "#lib/graph/select.ts";
import { soon } from "#lib/live/soon.ts";
import { needed, titleFields } from "#lib/records/needed.ts";
import { list, update, type Row } from "#lib/records/records.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { counted, placed, without, type Column } from "./columns.ts";
import { columnsOf, figures, sumOf, withRest } from "./read.ts";

const CARDS = 50;
const AFTER_CHANGES_MS = 400;
const COUNT: Measure = { key: "count", title: "", fn: "count", field: null };

type View = NonNullable<Model["views"]["board"]>;

export class Board {
  columns = $state.raw<Column[]>([]);
  error = $state.raw<unknown>();
  loading = $state(true);
  readonly field: Field | undefined;
  readonly sum: Measure | null;
  private readonly select: string;
  private changed = new Set<string>();
  /** Changes of others wait while a card is in the air. */
  private held = false;
  /** Whether a card is carried by keys. */
  carried = false;

  constructor(
    readonly model: Model,
    readonly view: View,
    private readonly where: Condition[],
  ) {
    this.field = model.fields.find((field) => field.name === view.by);
    this.sum = view.sum === null ? null : sumOf(model, view.sum);
    const sum = view.sum === null ? [] : [view.sum];
    const paths = [view.by, ...titleFields(view.title), ...view.fields, ...sum];
    this.select = needed(model, paths);
  }

  /** Whether cards may be moved by this caller. */
  get movable(): boolean {
    return this.model.can.update && this.field?.readonly === false;
  }

  async load(): Promise<void> {
    this.loading = true;
    try {
      const [columns, told] = await Promise.all([columnsOf(this.field), this.ask()]);
      const all = withRest(columns, told);
      this.columns = await Promise.all(all.map((column) => this.filled(column, told)));
      this.error = undefined;
    } catch (error) {
      this.error = error;
    } finally {
      this.loading = false;
    }
  }

  /** The next cards of a column. */
  async more(column: Column): Promise<void> {
    try {
      const page = await this.page(column.key, column.next ?? undefined);
      const known = new Set(column.cards.map((card) => card.id));
      const cards = page.items.filter((row) => !known.has(row.id));
      this.change(column.key, (now) => ({
        cards: [...now.cards, ...cards],
        next: page.next_cursor,
      }));
    } catch (error) {
      toasts.failed(error);
    }
  }

  /** Moves a card: on the screen at once, and back when the daemon refuses. */
  async move(row: Row, key: string | null): Promise<void> {
    const from = (row[this.view.by] ?? null) as string | null;
    if (from === key) return this.show([row]);
    const moved = { ...row, [this.view.by]: key };
    this.show([moved]);
    this.columns = counted(this.columns, from, key);
    try {
      const saved = await update(this.model, row.id, row.version, { [this.view.by]: key });
      this.show([versioned(moved, saved)]);
    } catch (error) {
      this.show([row]);
      toasts.failed(error);
      this.hear(row.id);
    }
    await this.recount();
  }

  /** Puts the cards of a column as they are dragged. */
  arrange(key: string | null, cards: Row[]): void {
    this.change(key, () => ({ cards }));
  }

  hold(held: boolean, byKeys = false): void {
    this.held = held;
    this.carried = held && byKeys;
    if (!held && this.changed.size > 0) this.later();
  }

  /** A record was changed by somebody. */
  hear(id: string): void {
    this.changed.add(id);
    this.later();
  }

  private readonly later = soon(() => void this.follow(), AFTER_CHANGES_MS);

  private async follow(): Promise<void> {
    if (this.held) return;
    const ids = [...this.changed].slice(0, CARDS);
    for (const id of ids) this.changed.delete(id);
    if (this.changed.size > 0) this.later();
    try {
      const some: Condition = { field: "id", op: "in", value: ids };
      const where = [...this.where, some];
      const page = await list(this.model, { where, select: this.select, limit: CARDS });
      const here = new Set(page.items.map((row) => row.id));
      this.columns = without(this.columns, new Set(ids.filter((id) => !here.has(id))));
      this.show(page.items);
      await this.recount();
    } catch (error) {
      toasts.failed(error);
    }
  }

  private show(rows: Row[]): void {
    this.columns = placed(this.columns, rows, this.view.by);
  }

  private change(key: string | null, how: (column: Column) => Partial<Column>): void {
    this.columns = this.columns.map((column) =>
      column.key === key ? { ...column, ...how(column) } : column,
    );
  }

  private async recount(): Promise<void> {
    const told = await this.ask();
    this.columns = this.columns.map((column) => ({ ...column, ...figures(column, told) }));
  }

  /** How many cards each column has, and what they come to. */
  private ask(): Promise<Group[]> {
    const measures = this.sum === null ? [COUNT] : [COUNT, this.sum];
    return groups(this.model, this.where, [this.view.by], measures);
  }

  private page(key: string | null, cursor?: string) {
    const by = this.view.by;
    const held: Condition =
      key === null
        ? { field: by, op: "is", value: null }
        : { field: by, op: "eq", value: key };
    const order = this.model.order.map((each) => each.join(".")).join(",");
    const asked = {
      where: [...this.where, held],
      select: this.select,
      order,
      limit: CARDS,
    };
    return list(this.model, cursor === undefined ? asked : { ...asked, cursor });
  }

  private async filled(column: Column, told: Group[]): Promise<Column> {
    const numbers = figures(column, told);
    if (numbers.count === 0) return { ...column, ...numbers };
    const page = await this.page(column.key);
    return { ...column, ...numbers, cards: page.items, next: page.next_cursor };
  }
}

function versioned(row: Row, saved: Row): Row {
  return saved.version === undefined ? row : { ...row, version: saved.version };
}
