/** The records of a list, read page after page as far as somebody looks. */

import type { Page, Row } from "#lib/records/records.ts";

export interface Ask {
  limit: number;
  cursor?: string;
  count?: "estimated";
}

/** What is read at once while somebody scrolls, and while they jump far. */
const PAGE = 200;
const PAGE_FAR = 1000;

export class Rows {
  items = $state.raw<Row[]>([]);
  error = $state.raw<unknown>(null);
  /** Whether the first page is there. */
  begun = $state(false);
  private told = $state(0);
  private cursor: string | null = null;
  private wanted = 0;
  private reading: Promise<void> | undefined;
  private round = 0;

  private readonly ask: (page: Ask) => Promise<Page>;

  constructor(ask: (page: Ask) => Promise<Page>, expected = 0) {
    this.ask = ask;
    this.told = expected;
  }

  /** How many records there are; an estimate where there are very many. */
  get count(): number {
    const more = this.begun && this.cursor === null ? 0 : 1;
    const known = this.items.length + more;
    return more === 0 ? this.items.length : Math.max(this.told, this.begun ? known : 0);
  }

  /** Reads on until the row `index` is there. */
  reach(index: number): Promise<void> {
    this.wanted = Math.max(this.wanted, index);
    this.reading ??= this.read(this.round).finally(() => (this.reading = undefined));
    return this.reading;
  }

  /** Somebody looks at no more than `index` now: what is beyond need not be read. */
  rest(index: number): void {
    this.wanted = index;
  }

  /** Reads everything anew, as far as it had been read. */
  async again(): Promise<void> {
    this.round++;
    await this.reading;
    this.wanted = Math.min(this.wanted, this.items.length);
    this.begun = false;
    await this.reach(this.wanted);
  }

  replace(rows: Row[]): void {
    const changed = new Map(rows.map((row) => [row.id, row]));
    this.items = this.items.map((row) => changed.get(row.id) ?? row);
  }

  drop(ids: Set<string>): void {
    const kept = this.items.filter((row) => !ids.has(row.id));
    this.told -= this.items.length - kept.length;
    this.items = kept;
  }

  private async read(round: number): Promise<void> {
    this.error = null;
    try {
      while (round === this.round && this.lacks()) await this.page(round);
    } catch (error) {
      if (round === this.round) this.error = error;
    }
  }

  private lacks(): boolean {
    return !this.begun || (this.cursor !== null && this.items.length <= this.wanted);
  }

  private async page(round: number): Promise<void> {
    const first = !this.begun;
    const lacking = this.wanted + 1 - (first ? 0 : this.items.length);
    const ask: Ask = { limit: Math.min(Math.max(lacking, PAGE), PAGE_FAR) };
    if (first) ask.count = "estimated";
    else if (this.cursor !== null) ask.cursor = this.cursor;
    const page = await this.ask(ask);
    if (round !== this.round) return;
    this.items = first ? page.items : this.items.concat(page.items);
    this.cursor = page.next_cursor;
    this.told = page.total ?? this.told;
    this.begun = true;
  }
}
