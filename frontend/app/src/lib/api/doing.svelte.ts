/** Something that a press of a button does: whether it is under way, and what was refused. */

import { Problem } from "./problem.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";

export class Doing {
  busy = $state(false);
  /** What the daemon refused, for the form to say; `inForm` is false where there is none. */
  problem = $state.raw<Problem>();
  private readonly inForm: boolean;

  constructor({ inForm = false } = {}) {
    this.inForm = inForm;
  }

  /** Does `work`; whether it was done. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
      return true;
    } catch (error) {
      if (this.inForm && error instanceof Problem) this.problem = error;
      else toasts.failed(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
