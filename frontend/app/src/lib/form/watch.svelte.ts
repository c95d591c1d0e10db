/** Hears what others do to the record that is on the screen. */

import { live } from "#lib/live/live.svelte.ts";
import type { Change } from "#lib/live/changes.ts";
import type { Editing } from "./editing.svelte.ts";

export class Watch {
  /** What others did while something was changed here. */
  pending = $state.raw<Change | null>(null);
  private readonly editing: Editing;
  private readonly told: (change: Change) => void;

  /** `told` is called once the record on the screen is as somebody else made it. */
  constructor(editing: Editing, told: (change: Change) => void) {
    this.editing = editing;
    this.told = told;
  }

  /** Listens until what it answers is called. */
  listen(): () => void {
    return live.hear(this.editing.model.key, {
      change: (change) => void this.heard(change),
      reset: () => void this.catchUp(),
    });
  }

  private async heard(change: Change): Promise<void> {
    const { editing } = this;
    if (change.id !== editing.id || editing.saving || !this.isNews(change)) return;
    if (change.action === "delete" || change.action === "purge") editing.gone = true;
    else if (editing.dirty) this.pending = change;
    else {
      await editing.reload();
      this.told(change);
    }
  }

  /** What was done here is no news, nor what is on the screen already. */
  private isNews(change: Change): boolean {
    const seen = this.editing.record?.version ?? 0;
    return change.version === null || change.version > seen || change.action === "purge";
  }

  private async catchUp(): Promise<void> {
    if (!this.editing.dirty) await this.editing.reload();
  }
}
