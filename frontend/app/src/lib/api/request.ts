/**
 * One way to ask the daemon. It renews the token, has the user sign in again over what is on
 * the screen, and waits for a daemon that is away: whoever asks gets an answer in the end, or
 * a `Problem`, and nothing is done twice.
 */

import { session } from "#lib/session/session.svelte.ts";
import { base } from "./base.ts";
import { connection } from "./connection.svelte.ts";
import { newKey } from "./key.ts";
import { Problem, problemOf } from "./problem.ts";

export { newKey } from "./key.ts";

export interface Asked {
  query?: URLSearchParams | Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Answer<T = unknown> {
  data: T;
  status: number;
  headers: Headers;
}

/** How often an answer that says "later" is waited for. */
const TRIES_MAX = 4;
const LATER_S = 1;

/** JSON from the daemon. Throws a `Problem` for whatever is no success. */
export async function request<T = unknown>(
  method: string,
  path: string,
  asked: Asked = {},
): Promise<Answer<T>> {
  const response = await send(method, path, asked);
  const text = await response.text();
  const data = (text === "" ? undefined : JSON.parse(text)) as T;
  return { data, status: response.status, headers: response.headers };
}

/** A file from the daemon. Throws a `Problem` for whatever is no success. */
export async function download(path: string, asked: Asked = {}): Promise<Blob> {
  return (await send("GET", path, asked)).blob();
}

/** The response of the daemon, whatever it is made of, once it is a success. */
export async function send(method: string, path: string, asked: Asked): Promise<Response> {
  const headers = headersOf(method, asked);
  for (let tries = 1; ; tries++) {
    const response = await fetched(method, path, asked, headers);
    if (response.ok) return response;
    if (response.status === 401) {
      await renewed(headers);
      continue;
    }
    const problem = await problemOf(response);
    if (!worthAnother(method, problem) || tries === TRIES_MAX) throw problem;
    await later(response, tries);
  }
}

function headersOf(method: string, asked: Asked): Headers {
  const headers = new Headers(asked.headers);
  if (asked.body !== undefined) headers.set("content-type", "application/json");
  // What is asked for twice, because the first answer was lost, is done once.
  const writes = method === "POST" || method === "PATCH";
  if (writes && !headers.has("idempotency-key")) headers.set("idempotency-key", newKey());
  return headers;
}

async function fetched(
  method: string,
  path: string,
  asked: Asked,
  headers: Headers,
): Promise<Response> {
  const query = new URLSearchParams(asked.query).toString();
  const init: RequestInit = { method, headers };
  if (asked.body !== undefined) init.body = JSON.stringify(asked.body);
  if (asked.signal !== undefined) init.signal = asked.signal;
  for (;;) {
    try {
      const access = await session.access();
      if (access !== null) headers.set("authorization", `Bearer ${access}`);
      if (session.company !== null) headers.set("x-company", session.company);
      return await fetch((await base()) + path + (query && `?${query}`), init);
    } catch (error) {
      if (asked.signal?.aborted || error instanceof Problem) throw error;
      await connection.restored();
    }
  }
}

/** After a refusal of the token: another one, by itself or from the user. */
async function renewed(headers: Headers): Promise<void> {
  const spent = headers.get("authorization")?.replace("Bearer ", "") ?? "";
  if ((await session.refresh(spent)) === null) await session.signedInAgain();
}

function worthAnother(method: string, problem: Problem): boolean {
  // The core does a POST or PATCH once, whatever happens; see its Idempotency-Key.
  return problem.status === 503 && method !== "PUT";
}

function later(response: Response, tries: number): Promise<void> {
  const seconds = Number(response.headers.get("retry-after")) || LATER_S * tries;
  return new Promise((done) => setTimeout(done, Math.min(seconds, 5) * 1000));
}
