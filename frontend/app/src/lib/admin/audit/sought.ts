/** What of the audit trail is looked for. */

export const ACTIONS = ["create", "update", "delete", "restore", "purge"] as const;

/** What is looked for; empty texts ask for nothing. */
export interface Sought {
  model: string;
  id: string;
  actor: string;
  action: "" | (typeof ACTIONS)[number];
  /** Days, as the user's calendar has them. */
  from: string;
  to: string;
}

/** The parameters for what is looked for beside the model: moments for days. */
export function narrowing({ id, actor, action, from, to }: Sought) {
  return {
    ...(id === "" ? {} : { id }),
    ...(actor === "" ? {} : { actor }),
    ...(action === "" ? {} : { action }),
    ...(from === "" ? {} : { since: midnight(from, 0) }),
    ...(to === "" ? {} : { until: midnight(to, 1) }),
  };
}

/** The moment that a day begins where the user is, so many days later. */
function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
