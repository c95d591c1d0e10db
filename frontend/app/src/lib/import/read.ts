/** Files as tables: CSV in the usual encodings and with the usual signs, and XLSX. */

import { decoded } from "#lib/api/files.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Line, Style, Table } from "./plan.ts";

/** A file that cannot be read, and in which line. */
export class Unparsable extends Error {
  readonly line: number;

  constructor(line: number) {
    super(`line ${line}`);
    this.line = line;
  }
}

/** The tables of a file: one, or that of each sheet in which there is something. */
export async function tablesOf(file: File, locale: string): Promise<Table[]> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const hash = fingerprint(bytes);
  const days = locale === "en-US" ? "mdy" : "dmy";
  if (!isZip(bytes)) {
    const { rows, decimal } = await csv(decoded(bytes));
    return [table(file.name, hash, rows, { decimal, days })];
  }
  const sheets = (await workbook(file)).filter(({ rows }) => rows.length > 0);
  return sheets.map(({ name, rows }) => {
    const title = sheets.length === 1 ? file.name : `${file.name}: ${name}`;
    return table(title, `${hash}-${fingerprint(name)}`, rows, { decimal: ".", days });
  });
}

function table(name: string, hash: string, rows: string[][], style: Style): Table {
  const lines = rows.map((cells, n): Line => ({ line: n + 1, cells }));
  const [head, ...rest] = lines.filter(({ cells }) => cells.some((cell) => cell.trim()));
  return {
    name,
    hash,
    columns: head?.cells.map((cell) => cell.trim()) ?? [],
    rows: rest,
    style,
  };
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** The cells of a text. Where it has semicolons between them, numbers have commas. */
export async function csv(
  text: string,
): Promise<{ rows: string[][]; decimal: Style["decimal"] }> {
  const { default: Papa } = await import("papaparse");
  const delimiter = delimiterOf(text);
  const { data, errors } = Papa.parse<string[]>(text, { delimiter });
  const wrong = errors.find((error) => error.type === "Quotes");
  if (wrong !== undefined) throw new Unparsable((wrong.row ?? 0) + 1);
  return { rows: data, decimal: delimiter === ";" ? "," : "." };
}

const DELIMITERS = [",", ";", "\t", "|"];

/** The sign that is most often between the columns' names; numbers below may have commas. */
function delimiterOf(text: string): string {
  const head = /^.*$/m.exec(text.trimStart())?.[0].replace(/"[^"]*"/g, "") ?? "";
  const often = (sign: string) => head.split(sign).length;
  return DELIMITERS.reduce((best, sign) => (often(sign) > often(best) ? sign : best));
}

async function workbook(file: File): Promise<{ name: string; rows: string[][] }[]> {
  const { default: read } = await import("read-excel-file/browser");
  const sheets = await read(file);
  return sheets.map(({ sheet, data }) => ({
    name: sheet,
    rows: data.map((row) => row.map(written)),
  }));
}

/** More digits than these a spreadsheet does not show: 0.1 + 0.2 is 0.3 there. */
const DIGITS = 15;

function written(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return String(Number(cell.toPrecision(DIGITS)));
  if (!(cell instanceof Date)) return String(cell);
  // A day is midnight; spreadsheets know of no time zone, so that ours must not matter.
  return cell.toISOString().replace("T00:00:00.000Z", "").replace("T", " ").slice(0, 19);
}
