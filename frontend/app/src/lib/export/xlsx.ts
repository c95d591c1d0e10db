/** Tables as a workbook, in which numbers are numbers and dates are dates. */

import type { Cell } from "./cells.ts";

export async function workbook(
  title: string,
  head: string[],
  lines: Cell[][],
): Promise<Blob> {
  const { default: write } = await import("write-excel-file/browser");
  const heading = head.map((value) => ({ value, fontWeight: "bold" as const }));
  const columns = head.map((name) => ({ width: Math.max(12, name.length + 2) }));
  const sheet = nameOf(title);
  const rows = lines.map((cells) => cells.map(cellOf));
  const options = { sheet, columns, stickyRowsCount: 1, dateFormat: "yyyy-mm-dd" };
  return write([heading, ...rows], options).toBlob();
}

/** More digits than these a spreadsheet would not keep. */
const DIGITS_MAX = 15;

function cellOf(cell: Cell) {
  if (cell === null) return null;
  switch (cell.kind) {
    case "boolean":
      return { type: Boolean, value: cell.value };
    case "day":
      return {
        type: Date,
        value: new Date(`${cell.text}T00:00:00Z`),
        format: "yyyy-mm-dd",
      };
    case "moment":
      return { type: Date, value: new Date(cell.text), format: "yyyy-mm-dd hh:mm" };
    case "number":
      return isExact(cell.text)
        ? { type: Number, value: Number(cell.text) }
        : text(cell.text);
    case "text":
      return text(cell.text);
  }
}

function text(value: string) {
  return { type: String, value };
}

function isExact(number: string): boolean {
  return number.replace(/\D/g, "").replace(/^0+/, "").length <= DIGITS_MAX;
}

/** A sheet's name has at most 31 characters, and none of these. */
function nameOf(title: string): string {
  return title.replace(/[\\/?*:[\]]/g, " ").slice(0, 31);
}
