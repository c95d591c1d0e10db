/** What the core keeps of its own and has a history of: no models, so the contract has none. */

import { t, type Key } from "#lib/i18n/i18n.svelte.ts";
import { userName } from "#lib/records/users.svelte.ts";
import { session } from "#lib/session/session.svelte.ts";
import type { Entry } from "./trail.ts";

type Row = NonNullable<Entry["after"]>;

export interface Own {
  key: string;
  title: Key;
  permission: string;
  /** What a record is called, by its id or what an entry has of it. */
  called: (id: string, row: Row) => string | null;
}

const OWN: Own[] = [
  {
    key: "eerp.users",
    title: "admin.page.users",
    permission: "eerp.users.manage",
    called: (id) => userName(id),
  },
  {
    key: "eerp.roles",
    title: "admin.page.roles",
    permission: "eerp.users.manage",
    called: (_id, { name, role }) => String(name ?? role),
  },
  {
    key: "eerp.webhooks",
    title: "admin.page.webhooks",
    permission: "eerp.webhooks.manage",
    called: (_id, { url }) => String(url),
  },
  {
    key: "eerp.settings",
    title: "admin.page.settings",
    permission: "eerp.settings.read",
    called: (_id, { module, key }) => `${String(module)}.${String(key)}`,
  },
];

/** Those of which the caller may see the history. */
export function own(): Own[] {
  return OWN.filter(({ permission }) => session.may(permission));
}

/** What the record of an entry is called, if it is one of these. */
export function calledOf(trail: string, entry: Entry): string | undefined {
  const found = OWN.find(({ key }) => key === trail);
  const row = entry.after ?? entry.before ?? {};
  return found && (found.called(entry.record_id, row) ?? "…");
}

const LABELS: Record<string, Key> = {
  active: "admin.users.active",
  company_id: "admin.audit.field.company",
  fingerprint: "admin.audit.field.secret",
  generation: "admin.audit.field.generation",
  key: "admin.audit.field.key",
  module: "admin.modules.module",
  name: "admin.modules.name",
  password_hash: "admin.audit.field.password",
  permission: "admin.roles.permission",
  retiring_until: "admin.audit.field.retiring",
  role: "admin.audit.field.role",
  title: "admin.audit.field.title",
  topics: "admin.audit.field.topics",
  url: "admin.audit.field.url",
  username: "admin.audit.field.username",
  value: "admin.modules.value",
};
const WORDS: Record<string, Key> = {
  true: "app.yes",
  false: "app.no",
  set: "admin.audit.set",
  "set anew": "admin.audit.setAnew",
};
const SECRET = new Set(["password_hash", "fingerprint"]);
/** The entry says them beside its changes. */
const PLAIN = new Set(["id", "user_id", "role_id", "created_at", "created_by"]);

/** Whether a field is one that says nothing of its own. */
export function isPlain(trail: string, field: string): boolean {
  return trail.startsWith("eerp.") && PLAIN.has(field);
}

/** What a field of the core's own is called. */
export function labelOf(field: string): string {
  const key = LABELS[field];
  return key === undefined ? field : t(key);
}

/** A value of the core's own as text. */
export function textOf(field: string, value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const key = SECRET.has(field) || typeof value === "boolean" ? WORDS[text] : undefined;
  return key === undefined ? text : t(key);
}
