/** Where a row of a report leads. */

import {
  contract,
  listPath,
  recordPath,
  reportPath,
} from "#lib/contract/contract.svelte.ts";
import { at, type Values } from "#lib/contract/condition.ts";
import type { Section } from "#lib/contract/types.ts";
import { conditions, handedOn } from "./drill.ts";

/** The address that `row` leads to; null where the caller may not go, or there is none. */
export function drillPath(
  drill: Section["drill"],
  row: Values,
  asked: Record<string, string>,
): string | null {
  if (drill === undefined) return null;
  if ("report" in drill) return toReport(drill, row, asked);
  const model = contract.model(drill.model);
  if (model === undefined) return null;
  if ("id" in drill) {
    const id = at(row, drill.id);
    return typeof id === "string" ? recordPath(model, id) : null;
  }
  return model.can.list ? listPath(model, conditions(drill.where, row)) : null;
}

type ToReport = Extract<Section["drill"], { report: string }>;

function toReport(
  drill: ToReport,
  row: Values,
  asked: Record<string, string>,
): string | null {
  const known = contract.report(drill.report);
  return known === undefined
    ? null
    : reportPath(drill.report, handedOn(drill.parameters, row, asked));
}
