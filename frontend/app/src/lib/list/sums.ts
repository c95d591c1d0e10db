/** Sums over a list, and over its groups: money by its currency. */

import type { Values } from "#lib/contract/condition.ts";
import type { Condition, Field, Model } from "#lib/contract/types.ts";
import { list } from "#lib/records/records.ts";
import { byOf, inGroup, type By } from "./spans.ts";

/** For each field its sums, as records: the sum, and the currency that it is in. */
export type Sums = Map<string, Values[]>;

export interface Group {
  by: By;
  key: unknown;
  where: Condition[];
  count: number;
  sums: Sums;
}

type Among = { where: Condition[]; deleted: boolean };
/** What the daemon answers at most. */
export const GROUPS_MAX = 1000;
const COUNT = "records";

/** The sums of all fields that the list of `model` adds up. */
export async function sumsOf(model: Model, among: Among): Promise<Sums> {
  const sums: Sums = new Map();
  for (const fields of alike(model)) {
    for (const row of await grouped(model, among, currencyOf(fields), summed(fields)))
      note(sums, fields, row);
  }
  return sums;
}

/** The groups of the list by `text`, each with the number of its records and its sums. */
export async function groupsOf(model: Model, text: string, among: Among): Promise<Group[]> {
  const by = byOf(text);
  const name = by.span ?? by.field;
  const keys = [by.span === null ? by.field : `${by.field}.${by.span}()`];
  const field = model.fields.find((each) => each.name === by.field);
  const counted = await grouped(model, among, keys, [`${COUNT}:count()`]);
  const groups = counted.map((row): Group => {
    const key = row[name] ?? null;
    const where = inGroup(by, key, field?.kind === "datetime");
    return { by, key, where, count: Number(row[COUNT]), sums: new Map() };
  });
  const byKey = new Map(groups.map((group) => [group.key, group]));
  for (const fields of alike(model)) {
    const rows = await grouped(
      model,
      among,
      [...keys, ...currencyOf(fields)],
      summed(fields),
    );
    for (const row of rows) {
      const group = byKey.get(row[name] ?? null);
      if (group !== undefined) note(group.sums, fields, row);
    }
  }
  return inOrder(groups, field);
}

/** Choices in the order in which they are declared. */
function inOrder(groups: Group[], field: Field | undefined): Group[] {
  const options = field?.options?.map((option) => option.value);
  if (options === undefined) return groups;
  const place = (group: Group) => options.indexOf(String(group.key));
  return groups.sort((one, other) => place(one) - place(other));
}

async function grouped(
  model: Model,
  { where, deleted }: Among,
  keys: string[],
  measures: string[],
): Promise<Values[]> {
  const select = [...keys, ...measures].join(",");
  const only = deleted ? { deleted: "only" as const } : {};
  return (await list<Values>(model, { where, select, limit: GROUPS_MAX, ...only })).items;
}

/** The fields to add up, those of one currency together. */
function alike(model: Model): Field[][] {
  const fields = model.views.list.totals.flatMap(
    (name) => model.fields.find((field) => field.name === name) ?? [],
  );
  return [...Map.groupBy(fields, (field) => field.currency ?? "").values()];
}

function currencyOf(fields: Field[]): string[] {
  const name = fields[0]?.currency;
  return name === undefined ? [] : [name];
}

function summed(fields: Field[]): string[] {
  return fields.map(({ name }) => `${name}:${name}.sum()`);
}

function note(sums: Sums, fields: Field[], row: Values): void {
  for (const { name } of fields) {
    if (row[name] !== null) sums.set(name, [...(sums.get(name) ?? []), row]);
  }
}
