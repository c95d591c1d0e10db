/** Makes of rows of a table the calls that import them. */

import type { Model } from "#lib/contract/types.ts";
import { t, type Key } from "#lib/i18n/i18n.svelte.ts";
import type { Sent } from "./kept.ts";
import { recordsWith, References } from "./lookup.ts";
import { repeated, type Fault, type Line, type Plan, type Table } from "./plan.ts";
import { callOf, filled, type Filled } from "./rows.ts";

export class Preparing {
  private readonly model: Model;
  private readonly plan: Plan;
  private readonly references = new References();
  private readonly repeated: Set<Line>;

  constructor(model: Model, table: Table, plan: Plan) {
    [this.model, this.plan] = [model, plan];
    this.repeated = repeated(table, plan);
  }

  /** The calls for some rows, and what is wrong with those that need none. */
  async sent(lines: Line[]): Promise<Sent> {
    const { model, plan } = this;
    await this.references.load(model, plan, lines);
    const rows = lines.map((line) => this.filled(line));
    const good = rows.filter((row): row is Filled => "values" in row);
    const existing = await this.existing(good);
    const sent: Sent = { calls: [], lines: [], faults: [], at: Date.now() };
    for (const row of rows) {
      const call = "values" in row ? callOf(model, plan, row, existing, say) : row;
      if ("message" in call) sent.faults.push(call);
      else {
        sent.calls.push(call);
        sent.lines.push(row.line);
      }
    }
    return sent;
  }

  private filled(line: Line): Filled | Fault {
    if (this.repeated.has(line))
      return { line: line.line, message: t("import.fault.repeated") };
    const find = (key: string, text: string) => this.references.find(key, text);
    return filled(this.model, this.plan, line, find, say);
  }

  private async existing(rows: Filled[]): Promise<Map<string, string | null>> {
    const { key } = this.plan;
    if (key === null) return new Map();
    const texts = rows.flatMap(({ values }) => String(values[key] ?? ""));
    return recordsWith(this.model, key, texts.filter(Boolean));
  }
}

function say(key: Key): string {
  return t(key);
}
