/** The pages of administration, and the permission behind each. */

import type { Key } from "#lib/i18n/i18n.svelte.ts";
import { session } from "#lib/session/session.svelte.ts";

export interface AdminPage {
  path: string;
  title: Key;
  text: Key;
  icon: string;
  /** Null where whoever administers anything may look. */
  permission: string | null;
}

const PAGES: AdminPage[] = [
  page("users", "users", "eerp.users.manage"),
  page("roles", "shield", "eerp.users.manage"),
  page("modules", "boxes", "eerp.modules.read"),
  page("audit", "history", "eerp.audit.read"),
  page("jobs", "clock", "eerp.deliveries.manage"),
  page("deliveries", "truck", "eerp.deliveries.manage"),
  page("webhooks", "globe", "eerp.webhooks.manage"),
  page("settings", "settings", null),
];

/** Who may have the audit trail verified. */
export const VERIFY = "eerp.audit.verify";

type Name = Key extends infer K ? (K extends `admin.page.${infer N}` ? N : never) : never;

function page(name: Name, icon: string, permission: string | null): AdminPage {
  return {
    path: `/admin/${name}`,
    title: `admin.page.${name}`,
    text: `admin.about.${name}`,
    icon,
    permission,
  };
}

/** The pages that the caller may see. */
export function pages(): AdminPage[] {
  if (!mayAdminister()) return [];
  return PAGES.filter(({ permission }) => permission === null || session.may(permission));
}

/** Whether there is a page of administration for the caller. */
export function mayAdminister(): boolean {
  return PAGES.some(({ permission }) => permission !== null && session.may(permission));
}
