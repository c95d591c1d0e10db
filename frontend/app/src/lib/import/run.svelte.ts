/** An import that is under way, or a trial of one, which changes nothing. */

import type { Model } from "#lib/contract/types.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import { batch, refusal, tried, type Call, type Result } from "#lib/records/batch.ts";
import { session } from "#lib/session/session.svelte.ts";
import { fingerprint } from "./fingerprint.ts";
import { CHUNK, keepBegun, keepDone, type Begun, type Sent } from "./kept.ts";
import { inParts } from "./parts.ts";
import type { Fault, Plan, Table } from "./plan.ts";
import { Preparing } from "./preparing.ts";
import { told } from "./rows.ts";

export type Phase = "running" | "paused" | "done" | "failed";

/** After so long the daemon may have forgotten what it did under a key. */
const KEY_HOLDS_MS = 20 * 3_600_000;

/** Where the caller's imports are kept: another user, or company, has others. */
export function placeOf(model: Model): string {
  const me = session.me;
  return [me?.id, session.company ?? me?.company_id, model.key, ""].join("|");
}

export class Run {
  phase = $state<Phase>("running");
  /** So many rows are through. */
  rows = $state(0);
  made = $state(0);
  changed = $state(0);
  faults = $state.raw<Fault[]>([]);
  /** What stopped it. */
  error = $state.raw<unknown>();
  readonly model: Model;
  readonly table: Table;
  readonly plan: Plan;
  /** What is kept of it; null for a trial. */
  private readonly begun: Begun | null;
  private readonly place: string;
  private readonly preparing: Preparing;
  private next: number;
  private stopping = false;

  constructor(
    model: Model,
    table: Table,
    plan: Plan,
    begun: Begun | null,
    faults: Fault[] = [],
  ) {
    [this.model, this.table, this.plan, this.begun] = [model, table, plan, begun];
    this.place = placeOf(model);
    this.preparing = new Preparing(model, table, plan);
    this.next = begun?.next ?? 0;
    this.made = begun?.made ?? 0;
    this.changed = begun?.changed ?? 0;
    this.faults = faults;
    this.count();
  }

  get isTrial(): boolean {
    return this.begun === null;
  }

  get total(): number {
    return this.table.rows.length;
  }

  /** Goes on until it is done, paused, or stopped by a refusal of more than a row. */
  async go(): Promise<void> {
    this.phase = "running";
    this.stopping = false;
    this.error = undefined;
    try {
      while (!this.isOver && !this.stopping && !this.isElsewhere) await this.chunk();
      this.phase = this.isOver ? "done" : "paused";
    } catch (error) {
      this.error = error;
      this.phase = "failed";
    }
  }

  /** Stops after the rows that are on their way. */
  pause(): void {
    this.stopping = true;
  }

  private get isOver(): boolean {
    return this.next * CHUNK >= this.total;
  }

  /** Whether the caller is another one by now, or acts in another company. */
  private get isElsewhere(): boolean {
    return this.place !== placeOf(this.model);
  }

  private count(): void {
    this.rows = Math.min(this.next * CHUNK, this.total);
  }

  private async chunk(): Promise<void> {
    const lines = this.table.rows.slice(this.next * CHUNK, (this.next + 1) * CHUNK);
    const sent = this.begun?.sent ?? (await this.preparing.sent(lines));
    if (this.isElsewhere) return;
    const faults = [...sent.faults, ...(await this.send(sent))];
    this.faults = [...this.faults, ...faults];
    this.next++;
    this.count();
    if (this.begun === null) return;
    const { next, made, changed } = this;
    Object.assign(this.begun, { next, made, changed, sent: null });
    await keepDone(this.begun, next - 1, faults);
  }

  /** Sends the calls; answers what was refused. */
  private async send(sent: Sent): Promise<Fault[]> {
    if (sent.calls.length === 0) return [];
    if (this.begun === null)
      return this.judge(sent, await inParts(sent.calls, "", (calls) => tried(calls)));
    if (Date.now() - sent.at > KEY_HOLDS_MS)
      return sent.lines.map((line) => ({ line, message: t("import.fault.unsure") }));
    this.begun.sent = sent;
    // Written down before it is sent: what is sent again must be the same.
    await keepBegun(this.begun);
    const send = (calls: Call[], key: string) => batch(calls, { "idempotency-key": key });
    return this.judge(sent, await inParts(sent.calls, this.keyOf(this.begun), send));
  }

  private keyOf({ id, plan, run }: Begun): string {
    return `import-${fingerprint(id + JSON.stringify(plan))}-${run}-${this.next}`;
  }

  private judge({ calls, lines }: Sent, results: Result[]): Fault[] {
    return results.flatMap((result, n) => {
      const problem = refusal(result);
      if (problem === null) this.tally(calls[n]);
      return problem === null
        ? []
        : { line: lines[n] ?? 0, message: told(this.model, problem) };
    });
  }

  private tally(call: Call | undefined): void {
    if (call?.method === "PATCH") this.changed++;
    else this.made++;
  }
}
