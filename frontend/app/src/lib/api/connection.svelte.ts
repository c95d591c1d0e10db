/** Whether the daemon can be reached; when not, who waits for it goes on when it is back. */

import { base } from "./base.ts";

const LOOK_AGAIN_MS = 1500;

class Connection {
  lost = $state(false);
  private back: Promise<void> | undefined;

  /** Resolves once the daemon answers again. */
  restored(): Promise<void> {
    this.back ??= this.look();
    return this.back;
  }

  private async look(): Promise<void> {
    this.lost = true;
    while (!(await answers())) {
      await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS));
    }
    this.lost = false;
    this.back = undefined;
  }
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch(`${await base()}/ready`, { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

export const connection = new Connection();
