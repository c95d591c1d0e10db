/** The rows that were not imported as a file of their own, to be mended and imported again. */

import { BOM, csvLine } from "#lib/export/csv.ts";
import { t } from "#lib/i18n/i18n.svelte.ts";
import type { Fault, Table } from "./plan.ts";

export function faultsFile(table: Table, faults: Fault[]): Blob {
  const messages = new Map(faults.map(({ line, message }) => [line, message]));
  const head = [...table.columns, t("import.line"), t("import.wrong")];
  const lines = table.rows.flatMap(({ line, cells }) => {
    const message = messages.get(line);
    if (message === undefined) return [];
    const whole = table.columns.map((_, n) => cells[n] ?? "");
    return [written([...whole, String(line), message])];
  });
  return new Blob([BOM, written(head), ...lines], { type: "text/csv;charset=utf-8" });
}

function written(texts: string[]): string {
  return csvLine(texts.map((text) => ({ kind: "text", text })));
}
