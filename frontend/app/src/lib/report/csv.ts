/** Tables that are shown, as CSV, such as a spreadsheet opens. */

import { saveFile } from "#lib/api/files.ts";
import type { Cell } from "#lib/export/cells.ts";
import { BOM, csvLine } from "#lib/export/csv.ts";

/** The file for `rows`, the first of which are the headings. */
export function csvText(rows: (string | number)[][]): string {
  return rows.map((row) => csvLine(row.map(cellOf))).join("");
}

function cellOf(value: string | number): Cell {
  const text = String(value);
  return { kind: /^-?\d+(\.\d+)?$/.test(text) ? "number" : "text", text };
}

/** Gives a table to the user; the mark at its begin tells spreadsheets that it is UTF-8. */
export function saveCsv(title: string, rows: (string | number)[][]): void {
  saveFile(new Blob([BOM, csvText(rows)], { type: "text/csv" }), `${title}.csv`);
}
