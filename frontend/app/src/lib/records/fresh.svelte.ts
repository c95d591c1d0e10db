/** What a component asks for, and asks for anew when what it depends on changes. */

import { untrack } from "svelte";
import { Loaded } from "#lib/api/loaded.svelte.ts";
import { live } from "#lib/live/live.svelte.ts";
import { soon } from "#lib/live/soon.ts";

const AFTER_CHANGES_MS = 1500;

/** Is made while a component is made, and ends with it. */
export class Fresh<T> extends Loaded<T> {
  constructor(ask: () => Promise<T>) {
    super(ask);
    // What `ask` reads before it waits is what it depends on.
    $effect(() => void this.load());
  }

  again(): void {
    untrack(() => void this.load());
  }

  /** Asks anew a while after records of a model changed. */
  follow(model: () => string): void {
    const later = soon(() => this.again(), AFTER_CHANGES_MS);
    $effect(() => live.hear(model(), { change: later, reset: later }));
  }
}
