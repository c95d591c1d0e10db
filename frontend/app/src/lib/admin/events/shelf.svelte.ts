/** The deliveries of one state, page by page, and those of them that are selected. */

import { SvelteSet } from "svelte/reactivity";
import { Loaded } from "#lib/api/loaded.svelte.ts";
import { deliveries, replay, type DeliveryState } from "./events.ts";

type Listed = Awaited<ReturnType<typeof deliveries>>["items"][number];

export class Shelf {
  state = $state<DeliveryState>("dead");
  cursor = $state<string | null>(null);
  readonly selected = new SvelteSet<string>();
  private further = $state.raw<Listed[]>([]);
  readonly first = new Loaded(async () => {
    const page = await deliveries(this.state);
    this.further = [];
    this.cursor = page.next_cursor;
    return page.items;
  });

  get items(): Listed[] {
    return [...(this.first.value ?? []), ...this.further];
  }

  async show(state: DeliveryState): Promise<void> {
    this.state = state;
    this.selected.clear();
    await this.first.load();
  }

  async readOn(): Promise<void> {
    const page = await deliveries(this.state, this.cursor ?? "");
    this.further = [...this.further, ...page.items];
    this.cursor = page.next_cursor;
  }

  select(id: string, chosen: boolean): void {
    if (chosen) this.selected.add(id);
    else this.selected.delete(id);
  }

  selectAll(chosen: boolean): void {
    for (const { id } of this.items) this.select(id, chosen);
  }

  /** Tries those again that are selected; how many. What was refused stays selected. */
  async replay(): Promise<number> {
    let count = 0;
    try {
      for (const id of [...this.selected]) {
        await replay(id);
        this.selected.delete(id);
        count++;
      }
    } finally {
      await this.first.load();
    }
    return count;
  }
}
