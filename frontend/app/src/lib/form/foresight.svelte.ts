/** What the daemon would make of what was changed, as far as it was asked. */

import type { Values } from "#lib/contract/condition.ts";
import type { Lines, Model } from "#lib/contract/types.ts";
import {
  foreseen,
  lineForeseen,
  linesForeseen,
  withForeseen,
  type Target,
} from "./foreseen.ts";
import { keyOf } from "./lines.ts";

export class Foresight {
  private readonly model: Model;
  /** The record as it would be; null while nobody knows. */
  record = $state.raw<Values | null>(null);
  /** The same of lines, by their keys: they may have been moved since. */
  private lines = $state.raw<Record<string, Map<string, Values>>>({});

  constructor(model: Model) {
    this.model = model;
  }

  /** Asks what would come of `target`, which is how `values` would be saved. */
  async ask(target: Target, values: Values, signal: AbortSignal): Promise<void> {
    const record = await foreseen(target, signal);
    if (signal.aborted) return;
    this.record = record;
    this.lines = Object.fromEntries(
      this.model.lines.map((part) => [
        part.name,
        linesForeseen(values[part.name], record, part),
      ]),
    );
  }

  forget(): void {
    this.record = null;
  }

  /** `values` with what the daemon would put where nobody typed. */
  over(values: Values): Values {
    return this.record === null ? values : withForeseen(values, this.record, this.model);
  }

  /** A line, likewise. */
  overLine(part: Lines, line: Values): Values {
    const told = this.record && this.lines[part.name]?.get(keyOf(line));
    return lineForeseen(line, told ?? undefined, new Set(part.fields));
  }
}
