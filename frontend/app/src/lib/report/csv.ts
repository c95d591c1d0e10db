/** Tables as CSV, by RFC 4180, such as a spreadsheet opens. */

/** The file for `rows`, the first of which are the headings. */
export function csvText(rows: (string | number)[][]): string {
  return rows.map((row) => row.map((cell) => written(String(cell))).join(",")).join("\r\n");
}

function written(cell: string): string {
  const safe = harmless(cell);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A spreadsheet would take a text that begins so for a formula, and do it. */
function harmless(cell: string): string {
  const formula = /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell);
  return formula ? `'${cell}` : cell;
}

/** Gives a file to the user. */
export function offer(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Gives a table to the user; the mark at its begin tells spreadsheets that it is UTF-8. */
export function offerCsv(title: string, rows: (string | number)[][]): void {
  offer(`${title}.csv`, new Blob(["\ufeff", csvText(rows)], { type: "text/csv" }));
}
