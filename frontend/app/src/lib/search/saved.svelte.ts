/** Searches that somebody saved, for themselves or for everybody. */

import { request } from "#lib/api/request.ts";
import type { ListState } from "#lib/list/query.ts";

export interface Saved {
  id: string;
  model: string;
  name: string;
  shared: boolean;
  mine: boolean;
  query: Partial<ListState>;
}

/** The permission to share searches. */
export const SHARE = "eerp.filters.share";
const PATH = "/api/ui/filters";

/** The saved searches of a model's list. */
export class SavedSearches {
  items = $state.raw<Saved[]>([]);
  private readonly model: string;

  constructor(model: string) {
    this.model = model;
  }

  async load(): Promise<void> {
    const query = { model: this.model };
    this.items = (await request<{ items: Saved[] }>("GET", PATH, { query })).data.items;
  }

  async add(name: string, shared: boolean, query: Partial<ListState>): Promise<void> {
    await request("POST", PATH, { body: { model: this.model, name, shared, query } });
    await this.load();
  }

  async change(id: string, changed: { shared?: boolean; name?: string }): Promise<void> {
    await request("PATCH", `${PATH}/${id}`, { body: changed });
    await this.load();
  }

  async remove(id: string): Promise<void> {
    await request("DELETE", `${PATH}/${id}`);
    this.items = this.items.filter((each) => each.id !== id);
  }
}
