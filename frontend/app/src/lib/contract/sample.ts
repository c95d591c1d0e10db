/** A model and its fields as the core would tell of them, for tests of what reads them. */

import type { Field, Kind, Model } from "./types.ts";

export function sampleField(
  name: string,
  kind: Kind = "text",
  more: Partial<Field> = {},
): Field {
  return {
    name,
    label: name,
    help: "",
    kind,
    type: kind,
    required: false,
    readonly: false,
    system: false,
    nullable: true,
    default: null,
    sortable: true,
    filterable: true,
    groupable: true,
    searchable: true,
    ...more,
  };
}

export function sampleModel(more: Partial<Model> = {}): Model {
  const can = { list: true, read: true, create: true, update: true, delete: true };
  return {
    key: "shop.orders",
    module: "shop",
    name: "orders",
    title: "Order",
    plural: "Orders",
    help: "",
    path: "/api/shop/orders",
    display: "{name}",
    order: [],
    company: null,
    can: { ...can, restore: true, purge: false },
    permissions: {},
    audited: false,
    fields: [sampleField("name")],
    lines: [],
    related: [],
    actions: [],
    ...more,
    views: {
      list: { columns: ["name"], totals: [], decorate: [], editable: false },
      form: { status: null, tabs: [] },
      board: null,
      calendar: null,
      graph: null,
      search: { quick: [], filters: [], groups: [] },
      ...more.views,
    },
  };
}
