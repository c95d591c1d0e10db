/** How large something is. */

const UNITS = ["byte", "kilobyte", "megabyte"] as const;
const STEP = 1000;

/** `12 kB`. */
export function sizeText(bytes: number, locale: string): string {
  const step = bytes < STEP ? 0 : bytes < STEP * STEP ? 1 : 2;
  const style = { style: "unit", unit: UNITS[step], maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale, style).format(bytes / STEP ** step);
}
