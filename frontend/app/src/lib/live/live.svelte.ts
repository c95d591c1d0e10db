/** One stream of changes for all that is on the screen. */

import { unlearn } from "#lib/records/names.svelte.ts";
import { follow, type Change, type Ears } from "./changes.ts";

class Live {
  private ears = new Map<string, Set<Ears>>();
  private stream: AbortController | undefined;
  private planned = false;

  /** Hears of the changes of a model until what it answers is called. */
  hear(model: string, ears: Ears): () => void {
    const all = this.ears.get(model) ?? new Set<Ears>();
    this.ears.set(model, all.add(ears));
    if (all.size === 1) this.plan();
    return () => {
      all.delete(ears);
      if (all.size === 0 && this.ears.delete(model)) this.plan();
    };
  }

  /** Begins anew, with another token or company. */
  restart(): void {
    this.plan();
  }

  private plan(): void {
    if (this.planned) return;
    this.planned = true;
    // A page that goes and one that comes change the models together.
    setTimeout(() => this.connect(), 50);
  }

  private connect(): void {
    this.planned = false;
    this.stream?.abort();
    const models = [...this.ears.keys()];
    if (models.length === 0) return;
    this.stream = new AbortController();
    const ears = { change: (one: Change) => this.told(one), reset: () => this.missed() };
    void follow(models, ears, this.stream.signal);
  }

  private told(change: Change): void {
    unlearn(change.model, change.id);
    for (const one of this.ears.get(change.model) ?? []) one.change(change);
  }

  private missed(): void {
    for (const all of this.ears.values()) for (const one of all) one.reset();
  }
}

export const live = new Live();
