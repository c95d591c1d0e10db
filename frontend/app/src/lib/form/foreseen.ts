/** What the daemon would make of what was typed: its own totals, without saving anything. */

import { Problem } from "#lib/api/problem.ts";
import { request } from "#lib/api/request.ts";
import type { Values } from "#lib/contract/condition.ts";
import type { Lines, Model } from "#lib/contract/types.ts";
import { keyOf, linesOf } from "./lines.ts";

/** How a record would be saved. */
export interface Target {
  method: "POST" | "PATCH";
  path: string;
  headers: Record<string, string>;
  body: Values;
}

/** The record as it would be; null while it is not complete. */
export async function foreseen(
  target: Target,
  signal: AbortSignal,
): Promise<Values | null> {
  const headers = { ...target.headers, prefer: "tx=rollback" };
  const asked = { body: target.body, headers, signal };
  try {
    const told = await request<{ body: Values }>(target.method, target.path, asked);
    return told.data.body;
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

/** `values` with what the daemon would put where nobody typed, or nobody may. */
export function withForeseen(values: Values, preview: Values, model: Model): Values {
  const own = model.fields.filter((field) => !field.system);
  const told = own.filter((field) => field.readonly || values[field.name] === undefined);
  const put = Object.fromEntries(told.map(({ name }) => [name, preview[name]]));
  return { ...values, ...put };
}

/** A line, likewise: `told` is what the daemon would make of it. */
export function lineForeseen(
  line: Values,
  told: Values | undefined,
  writable: Set<string>,
): Values {
  if (told === undefined) return line;
  const put = Object.entries(told).filter(
    ([field]) => field !== "id" && (!writable.has(field) || line[field] === undefined),
  );
  return { ...line, ...Object.fromEntries(put) };
}

/** The lines that the daemon would make, by the keys of those that were sent. */
export function linesForeseen(
  sent: unknown,
  preview: Values | null,
  part: Lines,
): Map<string, Values> {
  const told = linesOf(preview?.[part.name]);
  return new Map(
    linesOf(sent).flatMap((line, place) => {
      const made = told[place];
      return made === undefined ? [] : [[keyOf(line), made] as const];
    }),
  );
}
