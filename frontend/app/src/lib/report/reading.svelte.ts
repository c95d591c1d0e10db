/** The answer of a report, page after page. */

import { request } from "#lib/api/request.ts";
import { untrack } from "svelte";
import type { Report } from "#lib/contract/types.ts";
import { toasts } from "#lib/ui/toasts.svelte.ts";
import { pointed, replaced } from "./pointer.ts";

/** Where the rows of a page stand, by the daemon's convention. */
const ROWS = "/items";

export class Reading {
  answer = $state.raw<unknown>();
  error = $state.raw<unknown>();
  busy = $state(false);
  private asked: Record<string, string> = {};
  private stop: AbortController | undefined;

  constructor(private readonly report: Report) {}

  /** Whether there are more rows than those that were read. */
  get more(): boolean {
    const { paged } = this.report;
    return paged !== undefined && typeof pointed(this.answer, paged.next) === "string";
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

  /** Reads all rows; whether they are there. */
  async readAll(): Promise<boolean> {
    while (this.more) if (!(await this.readMore())) return false;
    return true;
  }

  /** Adds the next page's rows to those that are there; whether it did. */
  async readMore(): Promise<boolean> {
    const { paged } = this.report;
    if (paged === undefined) return false;
    const { by, next } = paged;
    this.busy = true;
    try {
      const from = String(pointed(this.answer, next));
      const page = await this.page({ ...this.asked, [by]: from });
      const rows = [pointed(this.answer, ROWS), pointed(page, ROWS)].flat();
      const longer = replaced(this.answer, ROWS, rows);
      this.answer = replaced(longer, next, pointed(page, next));
      return true;
    } catch (error) {
      toasts.failed(error);
      return false;
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
