/** What a list shows: its records, or its groups with theirs, and the sums below. */

import { selection } from "#lib/contract/display.ts";
import type { Condition, Model } from "#lib/contract/types.ts";
import { learnAbout } from "#lib/records/names.svelte.ts";
import { list, type Row } from "#lib/records/records.ts";
import { needed, type Column } from "./columns.ts";
import { orderText, type Order } from "./query.ts";
import { Rows } from "./rows.svelte.ts";
import { indexOf, placeAt, size } from "./sections.ts";
import { groupsOf, sumsOf, type Group, type Sums } from "./sums.ts";

export interface Wanted {
  where: Condition[];
  order: Order;
  group: string | null;
  deleted: boolean;
  columns: Column[];
}

/** A group, or the whole list where there are none. */
export class Section {
  readonly group: Group | null;
  readonly rows: Rows;
  open = $state(true);

  constructor(group: Group | null, rows: Rows) {
    this.group = group;
    this.rows = rows;
    this.open = group === null;
  }

  get headed(): boolean {
    return this.group !== null;
  }

  get count(): number {
    return this.rows.count;
  }
}

export interface Line {
  section: Section;
  /** None where it is the heading of a group, or not read yet. */
  row: Row | undefined;
  heading: boolean;
}

export class Listing {
  readonly model: Model;
  readonly wanted: Wanted;
  sections = $state.raw<Section[]>([]);
  sums = $state.raw<Sums>(new Map());
  error = $state.raw<unknown>(null);
  begun = $state(false);

  constructor(model: Model, wanted: Wanted) {
    this.model = model;
    this.wanted = wanted;
  }

  /** How many lines there are: records, and headings of groups. */
  get size(): number {
    return size(this.sections);
  }

  /** How many records there are; an estimate where there are very many. */
  get total(): number {
    const { sections } = this;
    return sections.reduce((sum, each) => sum + (each.group?.count ?? each.count), 0);
  }

  /** Reads the list from its beginning. */
  async open(): Promise<void> {
    this.error = null;
    try {
      void this.addUp();
      if (this.wanted.group === null) await this.openWhole();
      else await this.openGroups(this.wanted.group);
    } catch (error) {
      this.error = error;
    }
    this.begun = true;
  }

  /** Adds up anew. */
  async addUp(): Promise<void> {
    // A list without its sums is a list all the same.
    this.sums = await sumsOf(this.model, this.wanted).catch(() => new Map());
  }

  lineAt(index: number): Line | undefined {
    const place = placeAt(this.sections, index);
    const section = place && this.sections[place.part];
    if (place === undefined || section === undefined) return undefined;
    return { section, row: section.rows.items[place.row], heading: place.row < 0 };
  }

  /** Where a record that was read is; -1 where it was not. */
  indexOf(id: string): number {
    for (const [part, section] of this.sections.entries()) {
      const row = section.open
        ? section.rows.items.findIndex((each) => each.id === id)
        : -1;
      if (row >= 0) return indexOf(this.sections, { part, row });
    }
    return -1;
  }

  /** Reads what lies between two lines, and no further. */
  look(from: number, to: number): void {
    const last = new Map<Section, number>();
    for (let index = from; index <= to; index++) {
      const place = placeAt(this.sections, index);
      const section = place && this.sections[place.part];
      if (place && section && place.row >= 0) last.set(section, place.row);
    }
    for (const [section, row] of last) {
      section.rows.rest(row);
      void section.rows.reach(row);
    }
  }

  toggle(section: Section): void {
    section.open = !section.open;
  }

  get loaded(): Row[] {
    return this.sections.flatMap((section) => section.rows.items);
  }

  replace(rows: Row[]): void {
    for (const section of this.sections) section.rows.replace(rows);
  }

  drop(ids: string[]): void {
    const gone = new Set(ids);
    for (const section of this.sections) section.rows.drop(gone);
  }

  /** Those of `ids` that are in this list now. */
  async read(ids: string[]): Promise<Row[]> {
    const among: Condition = { field: "id", op: "in", value: ids };
    return (await this.ask([among], { limit: ids.length })).items;
  }

  /** A page of all that the list would show. */
  async ask(
    more: Condition[],
    page: { limit: number; cursor?: string; count?: "estimated" },
  ) {
    const { where, order, deleted, columns } = this.wanted;
    const found = await list(this.model, {
      where: [...where, ...more],
      select: selection(needed(this.model, columns)),
      order: orderText(order),
      ...(deleted ? { deleted: "only" as const } : {}),
      ...page,
    });
    learnAbout(
      columns.map((column) => column.field),
      found.items,
    );
    return found;
  }

  private async openWhole(): Promise<void> {
    const rows = this.sections[0]?.rows ?? new Rows((page) => this.ask([], page));
    await (rows.begun ? rows.again() : rows.reach(0));
    this.sections = [new Section(null, rows)];
    this.error = rows.error;
  }

  private async openGroups(by: string): Promise<void> {
    const open = new Set(this.sections.filter((each) => each.open).map(keyOf));
    const groups = await groupsOf(this.model, by, this.wanted);
    this.sections = groups.map((group) => {
      const rows = new Rows((page) => this.ask(group.where, page), group.count);
      const section = new Section(group, rows);
      section.open = open.has(keyOf(section));
      return section;
    });
  }
}

function keyOf(section: Section): string {
  return JSON.stringify(section.group?.key ?? null);
}
