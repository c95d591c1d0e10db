/**
 * Decimals, which are texts so that no digit is lost, as people write them. `Intl` formats
 * such texts exactly; nothing here turns one into a binary number.
 */

const DECIMAL = /^-?\d+(\.\d+)?$/;

/** Whether it is a decimal, as the daemon writes it. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

type Exact = Intl.StringNumericLiteral;

/** `1234.5` -> `1,234.50` with two digits. */
export function number(value: string | number, locale: string, digits?: Digits): string {
  return new Intl.NumberFormat(locale, options(digits)).format(value as Exact);
}

/** An amount in a currency by its ISO code; without one, a number. */
export function money(value: string | number, locale: string, code: string | null): string {
  if (code === null || !/^[A-Z]{3}$/.test(code))
    return number(value, locale, { min: 2, max: 4 });
  const format = new Intl.NumberFormat(locale, { style: "currency", currency: code });
  return format.format(value as Exact);
}

export interface Digits {
  min?: number;
  max?: number;
}

function options({
  min = 0,
  max = Math.max(min, 6),
}: Digits = {}): Intl.NumberFormatOptions {
  return { minimumFractionDigits: min, maximumFractionDigits: max };
}

/**
 * What somebody typed as a decimal: `1.234,5` in German is `1234.5`. Null when it is none.
 * A point counts as the decimal sign wherever the locale does not group by it.
 */
export function parseNumber(text: string, locale: string): string | null {
  const { group, decimal } = signs(locale);
  const bare = text
    .trim()
    .replace(/[\s\u00a0\u202f'’]/g, "")
    .replace("−", "-");
  const plain = group === "" ? bare : bare.replaceAll(group, "");
  const decimals = plain.replace(decimal, ".");
  return DECIMAL.test(decimals) ? decimals : null;
}

function signs(locale: string): { group: string; decimal: string } {
  const parts = new Intl.NumberFormat(locale).formatToParts(-1234567.8);
  const sign = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return { group: sign("group").trim(), decimal: sign("decimal") };
}

/** The sum of decimals, exactly. */
export function sum(values: Iterable<string>): string {
  let digits = 0;
  const all = [...values];
  for (const value of all) digits = Math.max(digits, (value.split(".")[1] ?? "").length);
  const total = all.reduce((rest, value) => rest + scaled(value, digits), 0n);
  return shown(total, digits);
}

/** The product of two decimals, exactly. */
export function times(left: string, right: string): string {
  const digits = [left, right].map((value) => (value.split(".")[1] ?? "").length);
  const [a = 0, b = 0] = digits;
  return shown(scaled(left, a) * scaled(right, b), a + b);
}

function scaled(value: string, digits: number): bigint {
  const [whole = "0", part = ""] = value.split(".");
  return (
    BigInt(whole.replace("-", "") + part.padEnd(digits, "0")) *
    (value.startsWith("-") ? -1n : 1n)
  );
}

function shown(total: bigint, digits: number): string {
  const text = (total < 0n ? -total : total).toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  const part = digits === 0 ? "" : `.${text.slice(-digits)}`;
  return `${total < 0n ? "-" : ""}${whole}${part}`;
}
