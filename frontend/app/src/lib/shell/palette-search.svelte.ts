/** Records of all models by words, asked for while somebody types. */

import { request } from "#lib/api/request.ts";
import { contract, recordPath } from "#lib/contract/contract.svelte.ts";
import { soon } from "#lib/live/soon.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { leading } from "./palette-entries.ts";
import type { Group } from "./palette-match.ts";

interface Found {
  model: string;
  id: string;
  label: string;
}

const WAIT_MS = 200;
const LIMIT = "20";
/** The daemon looks for no less. */
const CHARACTERS_MIN = 2;

export class RecordSearch {
  groups = $state.raw<Group[]>([]);
  busy = $state(false);
  private typed = "";
  private stop: AbortController | undefined;

  type(text: string): void {
    this.typed = text.trim();
    this.stop?.abort();
    this.busy = this.typed.length >= CHARACTERS_MIN;
    if (this.busy) this.later();
    else this.groups = [];
  }

  private readonly later = soon(() => void this.look(), WAIT_MS);

  private async look(): Promise<void> {
    const stop = new AbortController();
    this.stop = stop;
    try {
      const query = { q: this.typed, limit: LIMIT };
      const asked = { query, signal: stop.signal };
      const answer = await request<{ items: Found[] }>("GET", "/api/search", asked);
      this.groups = grouped(answer.data.items);
    } catch (error) {
      if (!stop.signal.aborted) toasts.failed(error);
    } finally {
      if (this.stop === stop) this.busy = false;
    }
  }
}

function grouped(items: Found[]): Group[] {
  return [...Map.groupBy(items, (item) => item.model)].flatMap(([key, found]) => {
    const model = contract.model(key);
    if (model === undefined) return [];
    const icon = contract.module(model.module)?.icon ?? "box";
    const entries = found.map(({ id, label }) =>
      leading(recordPath(model, id), label || id, icon),
    );
    return [{ title: model.plural, entries }];
  });
}
