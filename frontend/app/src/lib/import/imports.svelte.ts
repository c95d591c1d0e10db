/** The import that is under way, over all pages. */

import type { Run } from "./run.svelte.ts";

/** The one import that may be under way; it goes on while other pages are shown. */
class Imports {
  current = $state.raw<Run | null>(null);

  start(run: Run): void {
    this.current?.pause();
    this.current = run;
    void run.go();
  }

  /** Forgets what is on the screen of it; what is kept of it stays. */
  leave(): void {
    this.current?.pause();
    this.current = null;
  }
}

export const imports = new Imports();
