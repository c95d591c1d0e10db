/** Many calls at once: what one refusal must not keep the others from. */

import { Problem } from "#lib/api/problem.ts";
import { request } from "#lib/api/request.ts";

/** The core takes no more calls than this in one batch. */
export const CALLS_MAX = 100;

export interface Call {
  method: "POST" | "PATCH" | "DELETE";
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Result {
  status: number;
  body?: unknown;
}

/** Makes up to `CALLS_MAX` calls, each for itself; answers what became of each. */
export async function batch(
  calls: Call[],
  headers: Record<string, string> = {},
): Promise<Result[]> {
  const body = { atomic: false, calls };
  const answer = await request<{ results: Result[] }>("POST", "/api/batch", {
    body,
    headers,
  });
  return answer.data.results;
}

/** What would become of each of the calls; nothing is changed. */
export async function tried(calls: Call[]): Promise<Result[]> {
  const body = { atomic: false, calls };
  const headers = { prefer: "tx=rollback" };
  const answer = await request<{ body: { results: Result[] } }>("POST", "/api/batch", {
    body,
    headers,
  });
  return answer.data.body.results;
}

/** Why a call was refused; null when it was not. */
export function refusal({ status, body }: Result): Problem | null {
  if (status < 400) return null;
  return new Problem(status, typeof body === "object" && body !== null ? body : {});
}

export interface Outcome<T> {
  done: T[];
  refused: { item: T; problem: Problem }[];
}

/** Makes one call for each item, a batch after the other. */
export async function each<T>(items: T[], callOf: (item: T) => Call): Promise<Outcome<T>> {
  const outcome: Outcome<T> = { done: [], refused: [] };
  for (let from = 0; from < items.length; from += CALLS_MAX) {
    const some = items.slice(from, from + CALLS_MAX);
    const results = await batch(some.map(callOf));
    for (const [n, item] of some.entries()) {
      const problem = refusal(results[n] ?? { status: 200 });
      if (problem === null) outcome.done.push(item);
      else outcome.refused.push({ item, problem });
    }
  }
  return outcome;
}
