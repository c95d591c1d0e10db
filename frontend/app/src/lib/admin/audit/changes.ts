/** What was changed in a row of the audit trail. */

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

type Values = Record<string, unknown> | null;

/** The fields that are another than before; of a record that came or went, all it had. */
export function changes(before: Values, after: Values): Change[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names]
    .map((field) => ({
      field,
      before: before?.[field] ?? null,
      after: after?.[field] ?? null,
    }))
    .filter((each) => JSON.stringify(each.before) !== JSON.stringify(each.after));
}
