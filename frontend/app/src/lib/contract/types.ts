/**
 * What `GET /api/ui` answers: everything that the screens are made of, as far as the caller
 * may see it. The core writes it from what modules declare; nothing here names a module.
 */

/** A condition on a record: the language of record rules, and of a module's `where`. */
export type Condition =
  | { field: string; op: Operator; value?: Value }
  | { and: Condition[] }
  | { or: Condition[] }
  | { not: Condition };
export type Operator =
  | "eq"
  | "neq"
  | "in"
  | "isdistinct"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "like"
  | "ilike"
  | "is" // null, "not_null", true, false
  | "cs"
  | "cd"
  | "ov"; // arrays: contains, is contained, overlaps
export type Value =
  | string
  | number
  | boolean
  | null
  | (string | number)[]
  | { identity: "user_id" | "username" | "company_id" | "companies" }
  | { today: number }; // that many days from today; of a datetime field the midnight before it

export interface Contract {
  hash: string;
  language: string; // of all texts: "en" or "fr"
  modules: Module[]; // in the order of the menu; those of which the caller sees something
  models: Record<string, Model>; // by key, "crm.companies"
  reports: Report[];
  dashboards: Dashboard[];
  slots: Record<string, Slot[]>; // "crm.companies.form.after"
}

export interface Module {
  name: string;
  title: string;
  version: string;
  icon: string; // a name of the fixed list of icons; unknown ones look like "box"
  colour: string; // one of: blue teal green amber red violet pink slate
  menu: MenuItem[];
}

export interface MenuItem {
  key: string; // unique in the module
  title: string;
  icon?: string;
  group?: string; // heading under which it stands; without one, at the top
  model?: string; // a list of it ...
  view?: ViewName; // ... seen so (list unless said)
  filter?: string; // ... with this named filter of its search view
  report?: string; // or a report, by key
}
export type ViewName = "list" | "board" | "calendar" | "graph";

export interface Model {
  key: string; // "crm.companies"
  module: string;
  name: string; // "companies"
  title: string;
  plural: string;
  help: string;
  path: string | null; // "/api/crm/companies"; null when there is no list to ask for
  display: string; // template: "{number} {party_name}"
  order: [string, "asc" | "desc"][];
  company: string | null; // the field that holds the own company
  can: {
    list: boolean;
    read: boolean;
    create: boolean;
    update: boolean;
    delete: boolean;
    restore: boolean;
    purge: boolean;
  };
  permissions: { [action: string]: string }; // what the caller would need, by action
  audited: boolean; // may the caller read its history
  fields: Field[];
  lines: Lines[]; // parts that are written with the record
  related: Related[]; // lists of other models that refer to this one
  views: Views;
  actions: Action[];
}

/** "percent": 12.5 is 12.5 %. */
export type Kind =
  | "text"
  | "multiline"
  | "email"
  | "phone"
  | "url"
  | "choice"
  | "boolean"
  | "integer"
  | "decimal"
  | "money"
  | "percent"
  | "date"
  | "datetime"
  | "time"
  | "reference"
  | "references"
  | "tags"
  | "json"
  | "bytes"
  | "uuid"
  | "currency"
  | "colour"
  | "object"
  | "list"; // of objects

export interface Field {
  name: string;
  label: string;
  help: string;
  kind: Kind;
  type: string; // the column's, "numeric(20,4)"
  required: boolean; // in a new record
  readonly: boolean; // never set by a client, or not by this caller
  system: boolean; // one of the core's: id, version, created_at, ...
  nullable: boolean;
  default: unknown; // null when there is none
  max_length?: number;
  minimum?: string | number;
  maximum?: string | number;
  pattern?: string;
  scale?: number; // digits after the point
  currency?: string; // the field in which the currency's code, or its id, stands
  options?: Option[];
  relation?: { model: string }; // for reference and references
  sortable: boolean;
  filterable: boolean;
  groupable: boolean;
  searchable: boolean; // found quickly by a part of its text
  visible?: Condition; // shown only when it holds
  width?: "s" | "m" | "l" | "full";
  widget?: string; // a hint, such as "user" for the id of one; unknown ones are passed over
  fields?: Field[]; // what an object consists of, or each object of a list
}
export interface Option {
  value: string;
  label: string;
  help: string;
  colour: string | null;
}

export interface Lines {
  name: string; // the key in the record's JSON: "lines"
  title: string;
  model: string; // "invoicing.lines"
  parent: string; // the field of a line that refers to the record
  position: string | null; // the field that keeps their order
  fields: string[]; // those that may be written with the record
  columns: string[]; // those that are shown
  totals: string[]; // those that are summed up below
  when?: Condition; // editable only when it holds of the record
}
export interface Related {
  key: string;
  title: string;
  model: string;
  field: string; // the field of that model that refers to this record
  when?: Condition;
}

export interface Views {
  list: {
    columns: string[]; // may be one relation away: "company.name"
    totals: string[];
    decorate: { when: Condition; tone: Tone }[];
    editable: boolean;
  };
  form: {
    status: string | null; // a choice that is shown as steps
    tabs: {
      key: string;
      title: string;
      groups: { title: string; fields: string[]; when?: Condition }[];
      when?: Condition;
    }[];
    readonly?: Condition; // nothing can be changed while it holds
  };
  board: { by: string; title: string; fields: string[]; sum: string | null } | null;
  calendar: {
    start: string;
    end: string | null;
    title: string;
    colour: string | null;
  } | null;
  graph: { by: string[]; measures: Measure[]; chart: Chart } | null;
  search: {
    quick: string[]; // fields in which the quick search looks
    filters: { key: string; title: string; where: Condition; default?: boolean }[];
    groups: { key: string; title: string; by: string }[];
  };
}
export type Tone = "good" | "warn" | "bad" | "muted" | "info";
export type Chart = "bar" | "line" | "pie";
export interface Measure {
  key: string; // "count", or "total.sum"
  title: string;
  fn: "count" | "sum" | "avg" | "min" | "max";
  field: string | null;
}

export interface Action {
  key: string;
  title: string;
  help: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string; // "/api/invoicing/invoices/{id}/post"
  placement: ("form" | "row" | "bulk" | "list" | "print")[];
  when?: Condition; // offered only while it holds of the record
  confirm?: string; // asked before
  danger: boolean;
  primary: boolean;
  fields: Field[]; // asked in a dialog and sent as the body; path parameters other than id too
  result: "reload" | "open" | "download" | "preview" | "show";
  opens?: string; // the model of the record that the answer is, for "open"
  opens_at?: string; // JSON pointer to that record's id in the answer, "/id" unless said
  fill?: Record<string, string | Filled>; // field of the body -> field of the record that it
  // starts with; in bulk, where the path has no {id}: those of all selected
}

/** A list that starts with an object for each line of the record. */
export interface Filled {
  lines: string; // by the name of the lines
  model: string; // theirs
  show: string[]; // fields of a line that tell what it is
  // field of an object -> field of the line, or what one has more than another
  fields: Record<string, string | { field: string; less: string }>;
}

export interface Report {
  key: string; // "accounting.balance-sheet"
  module: string;
  title: string;
  help: string;
  path: string;
  parameters: Field[]; // of its query
  sections: Section[]; // none: every array of the answer is a table
  facts: { at: string; label: string; kind: Kind; options?: Option[] }[]; // single values of the answer, by JSON pointer
  chart?: { section: number; by: string; measure: string; chart: Chart };
  actions: Action[]; // what can be done from it; "fill" has names in its answer
  media_type: string; // application/json, or what is downloaded
  paged?: Paged; // its rows, at "/items", are read page by page
}
export interface Paged {
  by: string; // the parameter that asks for the next page
  next: string; // JSON pointer to its value; null there after the last page
  parameters: string[]; // those that page, which nobody fills in
}
export interface Section {
  title: string;
  at: string; // JSON pointer to an array of the answer: "/assets/items"
  columns: {
    field: string; // of a row; may be further in: "document.number"
    label: string;
    kind: Kind;
    relation?: string;
    options?: Option[];
    widget?: string;
  }[];
  totals: { label: string; values: Record<string, string> }[]; // column -> JSON pointer
  actions: Action[]; // what can be done with a row; "fill" has its columns
  indent?: string; // the column whose number says how deep a row is
  drill?:
    | { report: string; parameters: Record<string, string> } // parameter -> column or "?date" (own parameter)
    | { model: string; id: string } // the record of this column
    | { model: string; where: Record<string, string> }; // a list, filtered: field -> column
}

export interface Dashboard {
  module: string;
  title: string;
  cards: Card[];
}
export interface Card {
  key: string;
  title: string;
  kind: "figure" | "chart" | "list";
  model?: string;
  where?: Condition;
  measure?: Measure; // of figure and chart
  by?: string; // of chart: "state", or "date.month()"
  chart?: Chart;
  columns?: string[]; // of list
  limit?: number;
  currency?: string; // field or code
  report?: string; // of figure, instead of a model: a single value of this report's answer ...
  at?: string; // ... by JSON pointer, "/result"
  width: 1 | 2 | 3;
}

/** What a module adds to another's screen, in a place that has a name. */
export interface Slot {
  module: string;
  key: string;
  title: string;
  fields?: string[]; // "extensions.loyalty.tier"
  related?: { model: string; field: string };
  action?: Action;
}
