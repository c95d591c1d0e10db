import type { Caller } from "#lib/contract/condition.ts";
import { session } from "#lib/session/session.svelte.ts";

/** The caller as conditions know them. */
export function caller(): Caller {
  const me = session.me;
  return {
    user_id: me?.id ?? null,
    username: me?.username ?? null,
    company_id: me?.company_id ?? null,
    companies: [...(me?.companies ?? [])],
  };
}
