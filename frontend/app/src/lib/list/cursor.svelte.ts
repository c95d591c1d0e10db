/** Where somebody is in a list, and what they do there by keys and by the pointer. */

import { goto } from "$app/navigation";
import { recordPath } from "#lib/contract/contract.svelte.ts";
import type { Field, Model } from "#lib/contract/types.ts";
import type { Row } from "#lib/records/records.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { changeable, type Column } from "./columns.ts";
import { Editing } from "./editing.svelte.ts";
import { moved, type Spot } from "./keys.ts";
import type { Line, Listing } from "./listing.svelte.ts";
import type { Selection } from "./selection.svelte.ts";

/** A second press so soon makes it a double one. */
const DOUBLE_MS = 250;

/** What the list is now. */
interface Seen {
  model: Model;
  listing: Listing;
  columns: Column[];
  selection: Selection;
  lines: number;
  /** How many lines are seen at once. */
  page: number;
}

/** The list on the screen. */
interface Screen {
  focus: () => void;
  show: (spot: Spot) => void;
}

export class Cursor {
  spot = $state<Spot>({ line: 0, column: 0 });
  readonly editing = new Editing();
  private opening: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly seen: () => Seen,
    private readonly screen: Screen,
  ) {}

  /** One press opens the record, two change the cell. */
  press(event: MouseEvent, row: Row, at: Spot): void {
    const { model } = this.seen();
    this.spot = at;
    clearTimeout(this.opening);
    if (event.type === "dblclick") return this.edit(row, at.column);
    if (event.shiftKey || event.target instanceof HTMLAnchorElement) return;
    const quiet = this.changeable(at.column);
    if (quiet && model.views.list.editable) return;
    if (getSelection()?.type === "Range") return;
    this.opening = setTimeout(() => this.open(row), quiet ? DOUBLE_MS : 0);
  }

  /** Selects a row, or all up to it. */
  choose(event: MouseEvent, row: Row): void {
    const { listing, selection } = this.seen();
    if (event.shiftKey) selection.extend(row, listing.loaded);
    else selection.toggle(row);
    this.screen.focus();
  }

  /** Does what a key stands for; whether it does. */
  key(event: KeyboardEvent): boolean {
    const { lines, columns, page, listing } = this.seen();
    const next = moved(event, this.spot, { lines, columns: columns.length, page });
    if (next === null) return this.act(event, listing.lineAt(this.spot.line));
    this.spot = next;
    this.screen.show(next);
    return true;
  }

  async save(row: Row, field: Field, value: unknown, steps: number): Promise<void> {
    const from = this.spot.column;
    try {
      const done = await this.editing.save(this.seen().listing, row, field, value);
      if (done) this.after(row, from, steps);
    } catch (error) {
      toasts.failed(error);
    }
  }

  leave(): void {
    this.editing.end();
    this.screen.focus();
  }

  private open(row: Row): void {
    void goto(recordPath(this.seen().model, row.id));
  }

  private act({ key, shiftKey }: KeyboardEvent, line: Line | undefined): boolean {
    const { model, listing, selection } = this.seen();
    const row = line?.row;
    if (line?.heading && (key === "Enter" || key === " ")) listing.toggle(line.section);
    else if (row === undefined) return false;
    else if (key === " " && shiftKey) selection.extend(row, listing.loaded);
    else if (key === " ") selection.toggle(row);
    else if (key === "F2" || (key === "Enter" && model.views.list.editable))
      this.edit(row, this.spot.column);
    else if (key === "Enter") this.open(row);
    else if (key === "Escape" && selection.size > 0) selection.clear();
    else return false;
    return true;
  }

  private edit(row: Row, place: number): void {
    const { columns, listing } = this.seen();
    const column = columns[place];
    if (column === undefined || listing.wanted.deleted) return;
    if (this.changeable(place)) this.editing.begin(row.id, column.path);
  }

  private changeable(place: number): boolean {
    const { model, columns } = this.seen();
    const column = columns[place];
    return column !== undefined && changeable(model, column) !== undefined;
  }

  /** Goes on to the next cell that can be changed, or back to the list. */
  private after(row: Row, from: number, steps: number): void {
    const { columns } = this.seen();
    const way = Math.sign(steps);
    for (let n = from + way; way !== 0 && n >= 0 && n < columns.length; n += way) {
      if (!this.changeable(n)) continue;
      this.spot = { line: this.spot.line, column: n };
      return this.edit(row, n);
    }
    this.screen.focus();
  }
}
