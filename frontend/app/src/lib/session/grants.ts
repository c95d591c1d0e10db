/** What a grant covers: the core's own rule, for what is shown and what is not. */

const WRITES = ["create", "update", "delete"];

/** The grants that would give `permission`, the narrowest first: itself, `.write`, `crm.*`, `*`. */
export function grantsFor(permission: string): string[] {
  const parts = permission.split(".");
  const subject = parts.slice(0, -1).join(".");
  const wide = parts.slice(0, -1).map((_, n) => `${parts.slice(0, n + 1).join(".")}.*`);
  const names = WRITES.includes(parts.at(-1) ?? "")
    ? [permission, `${subject}.write`]
    : [permission];
  return [...names, ...wide.reverse(), "*"];
}

/** The grant of `granted` that gives `permission`; null when none does. */
export function grantOf(permission: string, granted: Iterable<string>): string | null {
  const held = new Set(granted);
  return grantsFor(permission).find((grant) => held.has(grant)) ?? null;
}
