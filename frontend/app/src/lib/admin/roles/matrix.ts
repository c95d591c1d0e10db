/** The permissions that there are, in rows and columns, and what a role has of them. */

import { grantOf } from "#lib/session/grants.ts";

export interface ModelPermissions {
  module: string;
  model: string;
  title: string;
  actions: string[];
}

export interface OtherPermission {
  permission: string;
  description: string;
  module: string;
}

export interface Matrix {
  models: ModelPermissions[];
  others: OtherPermission[];
}

/** The actions that have a column of their own; what else a model knows stands together. */
export const COLUMNS = ["read", "create", "update", "delete", "purge"] as const;

export interface Row {
  /** `crm.companies`, before each of its permissions. */
  subject: string;
  title: string;
  actions: string[];
  further: string[];
}

export interface Group {
  module: string;
  rows: Row[];
  others: OtherPermission[];
}

/** What a role has by a grant of its own, or by a wider one. */
export interface Box {
  permission: string;
  held: boolean;
  /** The wider grant that gives it, if one does. */
  by: string | null;
}

/** The permissions by module, those of the core last; only those that hold what is sought. */
export function groupsOf(matrix: Matrix, sought = ""): Group[] {
  const names = new Set([...matrix.models, ...matrix.others].map((each) => each.module));
  const groups = [...names].map((module) => groupOf(matrix, module, sought));
  const found = groups.filter(({ rows, others }) => rows.length + others.length > 0);
  return found.sort((a, b) => Number(a.module === "eerp") - Number(b.module === "eerp"));
}

function groupOf(matrix: Matrix, module: string, sought: string): Group {
  const holds = (...texts: string[]) =>
    texts.some((text) => text.toLowerCase().includes(sought.toLowerCase()));
  const models = matrix.models.filter((each) => each.module === module);
  return {
    module,
    rows: models.map(rowOf).filter((row) => holds(row.subject, row.title)),
    others: matrix.others.filter(
      (each) => each.module === module && holds(each.permission, each.description),
    ),
  };
}

function rowOf({ module, model, title, actions }: ModelPermissions): Row {
  const columns: readonly string[] = COLUMNS;
  const further = actions.filter((action) => !columns.includes(action));
  return { subject: `${module}.${model}`, title, actions, further };
}

export function boxOf(permission: string, granted: readonly string[]): Box {
  const grant = grantOf(permission, granted);
  return { permission, held: grant !== null, by: grant === permission ? null : grant };
}

/** The grants after a press on `permission`. */
export function toggled(granted: readonly string[], permission: string): string[] {
  return granted.includes(permission)
    ? granted.filter((each) => each !== permission)
    : [...granted, permission].sort();
}

/** The grants that have no box: of modules that are not there, or that mean several. */
export function strays(granted: readonly string[], matrix: Matrix): string[] {
  const shown = new Set(["*", ...matrix.others.map((each) => each.permission)]);
  for (const group of groupsOf(matrix)) {
    shown.add(`${group.module}.*`);
    for (const { subject, actions } of group.rows)
      for (const action of ["*", ...actions]) shown.add(`${subject}.${action}`);
  }
  return granted.filter((grant) => !shown.has(grant));
}

/** Which of a row's actions a role may do: all of them, or these. */
export function heldActions(row: Row, granted: readonly string[]): string[] | "all" {
  const held = row.actions.filter(
    (action) => grantOf(`${row.subject}.${action}`, granted) !== null,
  );
  return held.length > 0 && held.length === row.actions.length ? "all" : held;
}

export function sameGrants(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((grant) => right.includes(grant));
}
