/** What is asked for by a component, and asked for anew when what it depends on changes. */

import { untrack } from "svelte";
import { live } from "#lib/live/live.svelte.ts";
import { soon } from "#lib/live/soon.ts";

const AFTER_CHANGES_MS = 1500;

/** The last answer stays until the next one is there. Made while a component is made. */
export class Loaded<T> {
  value = $state.raw<T | undefined>();
  error = $state.raw<unknown>();
  busy = $state(true);
  private turn = 0;
  private readonly load: () => Promise<T>;

  constructor(load: () => Promise<T>) {
    this.load = load;
    $effect(() => void this.run(load()));
  }

  again(): void {
    void this.run(untrack(this.load));
  }

  /** Asks anew a while after records of a model changed. */
  follow(model: () => string): void {
    const later = soon(() => this.again(), AFTER_CHANGES_MS);
    $effect(() => live.hear(model(), { change: later, reset: later }));
  }

  private async run(asked: Promise<T>): Promise<void> {
    const turn = ++this.turn;
    this.busy = true;
    try {
      const value = await asked;
      if (turn !== this.turn) return;
      this.value = value;
      this.error = undefined;
    } catch (error) {
      if (turn === this.turn) this.error = error;
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }
}
