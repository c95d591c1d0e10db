/** From where lists in a dialog are filled: from the lines of the record. */

import type { Values } from "#lib/contract/condition.ts";
import type { Action, Filled, Model } from "#lib/contract/types.ts";
import type { Fillings } from "#lib/fields/nested.ts";
import { linesOf } from "#lib/form/lines.ts";
import { get, type Row } from "#lib/records/records.ts";

export function fillingsOf(model: Model, action: Action, row: Row | undefined): Fillings {
  const fillings: Fillings = {};
  for (const [name, fill] of Object.entries(action.fill ?? {})) {
    if (row === undefined || typeof fill === "string") continue;
    fillings[name] = { fill, lines: () => linesIn(model, row, fill) };
  }
  return fillings;
}

async function linesIn(model: Model, row: Row, fill: Filled): Promise<Values[]> {
  const whole = fill.lines in row ? row : await get(model, row.id);
  return linesOf(whole[fill.lines]);
}
