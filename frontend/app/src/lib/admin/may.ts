/** The permissions behind the pages of administration. */

import { session } from "#lib/session/session.svelte.ts";

export const ADMINISTRATION = {
  users: "eerp.users.manage",
  roles: "eerp.users.manage",
  modules: "eerp.modules.read",
  audit: "eerp.audit.read",
  deliveries: "eerp.deliveries.manage",
  webhooks: "eerp.webhooks.manage",
} as const;

/** Whether there is a page of administration for the caller. */
export function mayAdminister(): boolean {
  return Object.values(ADMINISTRATION).some((permission) => session.may(permission));
}
