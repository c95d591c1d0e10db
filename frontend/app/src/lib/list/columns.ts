/** The columns of a list, and what must be asked for so that they can be shown. */

import { fillOf } from "#lib/actions/call.ts";
import { contract, fieldAt } from "#lib/contract/contract.svelte.ts";
import { fieldsOf, relationOf } from "#lib/contract/display.ts";
import { STRUCTURED } from "#lib/contract/kinds.ts";
import type { Action, Field, Kind, Model } from "#lib/contract/types.ts";
import { fieldsIn } from "./query.ts";

export interface Column {
  /** `total`, or one relation away: `company.name`. */
  path: string;
  field: Field;
}

/** Those of `paths` that the caller may see. */
export function columnsOf(model: Model, paths: string[]): Column[] {
  return paths.flatMap((path) => {
    const field = fieldAt(model, path);
    return field === undefined ? [] : [{ path, field: { ...field, name: path } }];
  });
}

const UNSHOWN = new Set<Kind>([...STRUCTURED, "bytes"]);

/** All columns that the list may have: its own first. */
export function offered(model: Model): Column[] {
  const own = model.views.list.columns;
  const shown = new Set(own.map((path) => path.split(".")[0]));
  const others = model.fields.filter(
    (field) =>
      !own.includes(field.name) &&
      !UNSHOWN.has(field.kind) &&
      !(field.relation !== undefined && shown.has(relationOf(field.name))),
  );
  return columnsOf(model, [...own, ...others.map((field) => field.name)]);
}

/** What to select: the columns, and what is needed to draw a row and to act on it. */
export function needed(model: Model, columns: Column[]): string[] {
  const own = new Set(model.fields.map((field) => field.name));
  const paths = [
    "version",
    "deleted_at",
    ...columns.flatMap(({ path, field }) => [
      path,
      ...(field.currency === undefined ? [] : [beside(path, field.currency)]),
      ...idBeside(model, path),
    ]),
    ...model.views.list.decorate.flatMap((each) => fieldsIn(each.when)),
    ...fieldsOf(model.display),
    ...model.actions.flatMap(ofAction),
  ];
  const known = paths.filter((path) => own.has(path) || fieldAt(model, path) !== undefined);
  return [...new Set(["id", ...known])];
}

function ofAction(action: Action): string[] {
  const shown = action.placement.some((each) => each === "row" || each === "bulk");
  if (!shown) return [];
  const when = action.when === undefined ? [] : fieldsIn(action.when);
  return [...when, ...fillOf(action).map(([, from]) => from)];
}

/** A field of the same record as that of `path`. */
function beside(path: string, name: string): string {
  return [...path.split(".").slice(0, -1), name].join(".");
}

/** The id of the record that a column of it stands for, to change which one it is. */
function idBeside(model: Model, path: string): string[] {
  return referenceOf(model, path) === undefined ? [] : [beside(path, "id")];
}

/** The reference along which the column leads, where its path is one relation away. */
export function referenceOf(model: Model, path: string): Field | undefined {
  const [head, ...rest] = path.split(".");
  if (rest.length !== 1) return undefined;
  return model.fields.find((field) => field.name === `${head}_id`);
}

/** The field that is changed in a column; none where nothing can be. */
export function changeable(model: Model, column: Column): Field | undefined {
  if (!model.can.update) return undefined;
  const own = model.fields.find((field) => field.name === column.path);
  const field = own ?? named(model, column.path);
  return field === undefined || field.readonly || UNSHOWN.has(field.kind)
    ? undefined
    : field;
}

/** The reference whose record is called by the column, as `company_id` by `company.name`. */
function named(model: Model, path: string): Field | undefined {
  const reference = referenceOf(model, path);
  const target = contract.model(reference?.relation?.model);
  return target?.display === `{${path.split(".")[1]}}` ? reference : undefined;
}

const WIDTHS: Partial<Record<Kind, number>> = {
  boolean: 90,
  integer: 100,
  decimal: 120,
  money: 140,
  percent: 100,
  date: 120,
  datetime: 170,
  time: 90,
  choice: 130,
  reference: 180,
  multiline: 260,
};

/** How wide a column is at first, in pixels. */
export function widthOf(column: Column, first: boolean): number {
  const usual = WIDTHS[column.field.kind] ?? 180;
  return first ? Math.max(usual, 220) : usual;
}
