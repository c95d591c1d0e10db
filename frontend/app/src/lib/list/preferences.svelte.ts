/** How the user wants to see each list; kept by the core, so that it is so everywhere. */

import { request } from "#lib/api/request.ts";

/** The columns that are shown in their order, and how wide some are. */
export interface Look {
  columns?: string[];
  widths?: Record<string, number>;
}

const PATH = "/api/ui/preferences";
const WAIT_MS = 800;
const LISTS = "lists";

class Preferences {
  private looks = $state.raw<Record<string, Look>>({});
  private loading: Promise<void> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Reads what is kept, once. */
  open(): Promise<void> {
    this.loading ??= this.read();
    return this.loading;
  }

  of(model: string): Look {
    return this.looks[model] ?? {};
  }

  /** Changes the look of a list; nothing in its place is the usual one. */
  set(model: string, look: Look | null): void {
    this.looks = { ...this.looks, [model]: look ?? {} };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.write(), WAIT_MS);
  }

  private async read(): Promise<void> {
    // Without what is kept, the lists look as they usually do.
    const kept = await everything().catch(() => ({}) as Kept);
    this.looks = { ...kept[LISTS], ...this.looks };
  }

  private async write(): Promise<void> {
    const body = { ...(await everything()), [LISTS]: this.looks };
    await request("PUT", PATH, { body });
  }
}

type Kept = { [LISTS]?: Record<string, Look> } & Record<string, unknown>;

/** All that is kept: others keep what is theirs in the same object. */
async function everything(): Promise<Kept> {
  return (await request<Kept>("GET", PATH)).data;
}

export const preferences = new Preferences();
