/** Tables as CSV, by RFC 4180; no cell is a formula for who opens it. */

import type { Cell } from "./cells.ts";

export const BOM = "\ufeff";

/** A line, with its end. */
export function csvLine(cells: Cell[]): string {
  return `${cells.map(cellText).join(",")}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (cell.kind === "boolean") return String(cell.value);
  return cell.kind === "text" ? quoted(harmless(cell.text)) : cell.text;
}

/** A spreadsheet would run what begins so. */
function harmless(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
