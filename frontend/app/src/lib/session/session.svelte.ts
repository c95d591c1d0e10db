/** Who is signed in, and the way back in when the session has ended. */

import { base } from "#lib/api/base.ts";
import { problemOf } from "#lib/api/problem.ts";
import type { components } from "#lib/api/schema.d.ts";
import { grantOf } from "./grants.ts";
import { alone, keep, kept, watch, type Tokens } from "./tokens.ts";

export type Me = components["schemas"]["Sessions.Caller"];
type Pair = components["schemas"]["Sessions.Tokens"];

/** A token that ends so soon is not sent any more. */
const MARGIN_MS = 5000;
const COMPANY = "eerp.company";

class Session {
  /** The caller; null when nobody is signed in, or it is not known yet. */
  me = $state<Me | null>(null);
  /** Whether it is known who is signed in. */
  known = $state(false);
  /** Whether the session ended while there was work on the screen. */
  expired = $state(false);
  /** The company to act in, when it is not the user's usual one. */
  company = $state<string | null>(localStorage.getItem(COMPANY));
  private again: PromiseWithResolvers<void> | undefined;
  private refreshing: Promise<string | null> | undefined;

  /** Finds out who is signed in, if anybody is. */
  async open(): Promise<void> {
    watch(() => void this.follow());
    if (kept() !== null) await this.read();
    this.known = true;
  }

  /** Signs in. Throws a `Problem` when that is refused. */
  async signIn(username: string, password: string): Promise<void> {
    const pair = await post<Pair>("/api/auth/login", { username, password });
    keep(tokens(pair));
    await this.read();
    this.expired = false;
    this.again?.resolve();
    this.again = undefined;
  }

  async signOut(): Promise<void> {
    const access = await this.access();
    keep(null);
    this.me = null;
    this.expired = false;
    if (access === null) return;
    const headers = { authorization: `Bearer ${access}` };
    await fetch(`${await base()}/api/auth/logout`, { method: "POST", headers });
  }

  /** Acts in another company from here on, once it is known who the caller is there. */
  async actIn(company: string): Promise<void> {
    const answer = await this.ask(company);
    if (answer === null) return;
    if (!answer.ok) throw await problemOf(answer);
    this.me = (await answer.json()) as Me;
    this.choose(company);
  }

  /** An access token that holds; null when the user has to sign in. */
  async access(): Promise<string | null> {
    const held = kept();
    if (held === null) return null;
    return Date.now() < held.ends - MARGIN_MS ? held.access : this.refresh(held.access);
  }

  /** A new access token instead of `spent`; null when the session is over. */
  refresh(spent: string): Promise<string | null> {
    this.refreshing ??= alone(() => renew(spent)).finally(
      () => (this.refreshing = undefined),
    );
    return this.refreshing;
  }

  /** Resolves when the user has signed in again, over what is on the screen. */
  signedInAgain(): Promise<void> {
    this.expired = true;
    this.again ??= Promise.withResolvers<void>();
    return this.again.promise;
  }

  may(permission: string): boolean {
    return grantOf(permission, this.me?.permissions ?? []) !== null;
  }

  private choose(company: string | null): void {
    this.company = company;
    if (company === null) localStorage.removeItem(COMPANY);
    else localStorage.setItem(COMPANY, company);
  }

  /** Who the caller is in a company; null when nobody is signed in. */
  private async ask(company: string | null): Promise<Response | null> {
    const access = await this.access();
    if (access === null) return null;
    const headers: Record<string, string> = { authorization: `Bearer ${access}` };
    if (company !== null) headers["x-company"] = company;
    return fetch(`${await base()}/api/auth/me`, { headers });
  }

  private async read(): Promise<void> {
    const answer = await this.ask(this.company);
    if (answer?.ok) this.me = (await answer.json()) as Me;
    else if (answer?.status === 403 && this.company !== null) await this.leaveCompany();
  }

  /** The company that was chosen is none of the user's any more. */
  private leaveCompany(): Promise<void> {
    this.choose(null);
    return this.read();
  }

  private async follow(): Promise<void> {
    if (kept() === null) this.me = null;
    else await this.read();
  }
}

async function renew(spent: string): Promise<string | null> {
  const held = kept();
  if (held === null) return null;
  // Another tab was quicker.
  if (held.access !== spent && Date.now() < held.ends - MARGIN_MS) return held.access;
  const answer = await send("/api/auth/refresh", { refresh_token: held.refresh });
  if (answer.status >= 500 || answer.status === 429) throw await problemOf(answer);
  if (!answer.ok) return null;
  const renewed = tokens((await answer.json()) as Pair);
  keep(renewed);
  return renewed.access;
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const answer = await send(path, body);
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as T;
}

async function send(path: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch((await base()) + path, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
}

function tokens(pair: Pair): Tokens {
  return {
    access: pair.access_token,
    refresh: pair.refresh_token,
    ends: Date.now() + pair.expires_in * 1000,
  };
}

export const session = new Session();
