/** The answer of a report, page after page. */

import { request } from "#lib/api/request.ts";
import { untrack } from "svelte";
import type { Report } from "#lib/contract/types.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { pointed, replaced } from "./pointer.ts";

/** Where pages of rows and the way to the next one stand, by the daemon's convention. */
const ROWS = "/items";
const NEXT = "/next_cursor";

export class Reading {
  answer = $state.raw<unknown>();
  error = $state.raw<unknown>();
  busy = $state(false);
  private asked: Record<string, string> = {};
  private stop: AbortController | undefined;

  constructor(private readonly report: Report) {}

  /** Whether there are more rows than those that were read. */
  get more(): boolean {
    return typeof pointed(this.answer, NEXT) === "string";
  }

  async read(asked: Record<string, string>): Promise<void> {
    this.stop?.abort();
    const stop = new AbortController();
    this.stop = stop;
    this.asked = asked;
    untrack(() => (this.busy = true));
    try {
      this.answer = await this.page(asked, stop.signal);
      this.error = undefined;
    } catch (error) {
      if (!stop.signal.aborted) this.error = error;
    } finally {
      if (this.stop === stop) this.busy = false;
    }
  }

  /** Adds the next page's rows to those that are there. */
  async readMore(): Promise<void> {
    const cursor = String(pointed(this.answer, NEXT));
    this.busy = true;
    try {
      const page = await this.page({ ...this.asked, cursor });
      const rows = [pointed(this.answer, ROWS), pointed(page, ROWS)].flat();
      const longer = replaced(this.answer, ROWS, rows);
      this.answer = replaced(longer, NEXT, pointed(page, NEXT));
    } catch (error) {
      toasts.failed(error);
    } finally {
      this.busy = false;
    }
  }

  private async page(
    query: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const asked = signal === undefined ? { query } : { query, signal };
    return (await request("GET", this.report.path, asked)).data;
  }
}
