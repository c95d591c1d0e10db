/** The columns of a list as TanStack Table keeps them: how wide, and how sorted. */

import {
  columnResizingFeature,
  columnSizingFeature,
  createTable,
  rowSortingFeature,
  tableFeatures,
  type SortingState,
  type SvelteTable,
  type Updater,
} from "@tanstack/svelte-table";
import type { Model } from "#lib/contract/types.ts";
import { widthOf, type Column } from "./columns.ts";
import type { Order } from "./query.ts";

const features = tableFeatures({
  columnResizingFeature,
  columnSizingFeature,
  rowSortingFeature,
});
type Sizes = Record<string, number>;
export type ListTable = SvelteTable<typeof features, object>;

export const WIDTH_MIN = 64;
const WIDTH_MAX = 900;

interface Held {
  model: Model;
  columns: Column[];
  order: Order;
  widths: Sizes;
  sort: (order: Order) => void;
  resize: (widths: Sizes) => void;
}

/** The table of what `held` tells now; its rows are drawn by the list itself. */
export function tableOf(held: () => Held): ListTable {
  return createTable<typeof features, object>({
    features,
    data: [],
    get columns() {
      return held().columns.map((column, n) => ({
        id: column.path,
        header: column.field.label,
        // A column without values has no order for TanStack; the core sorts, not we.
        accessorFn: () => null,
        size: widthOf(column, n === 0),
        minSize: WIDTH_MIN,
        maxSize: WIDTH_MAX,
        enableSorting: sortable(held().model, column),
      }));
    },
    state: {
      get sorting(): SortingState {
        return held().order.map(([id, direction]) => ({ id, desc: direction === "desc" }));
      },
      get columnSizing() {
        return held().widths;
      },
    },
    columnResizeMode: "onChange",
    manualSorting: true,
    sortDescFirst: false,
    onSortingChange: (change) => held().sort(sorted(change, held().order)),
    onColumnSizingChange: (change) => held().resize(now(change, held().widths)),
  });
}

/** Only the model's own fields have an order. */
function sortable(model: Model, column: Column): boolean {
  return model.fields.some((field) => field.name === column.path && field.sortable);
}

function now<T>(change: Updater<T>, before: T): T {
  return change instanceof Function ? change(before) : change;
}

function sorted(change: Updater<SortingState>, order: Order): Order {
  const before = order.map(([id, direction]) => ({ id, desc: direction === "desc" }));
  return now(change, before).map(({ id, desc }) => [id, desc ? "desc" : "asc"]);
}
