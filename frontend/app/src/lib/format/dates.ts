/** Dates and times as people write them. A date is a day anywhere, and has no time zone. */

export function date(value: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(
    new Date(`${value.slice(0, 10)}T00:00:00Z`),
  );
}

/** A moment, where the user is. */
export function datetime(value: string, locale: string): string {
  const style = { dateStyle: "medium", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(locale, style).format(new Date(value));
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** How long ago, or in what time: `3 days ago`. */
export function ago(value: string, locale: string, now = Date.now()): string {
  const seconds = (new Date(value).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const found = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (found === undefined) return format.format(0, "minute");
  return format.format(Math.trunc(seconds / found[1]), found[0]);
}

/** For `<input type="datetime-local">`: the moment where the user is. */
export function localInput(value: string): string {
  const moment = new Date(value);
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** The moment that such an input means. */
export function ofLocalInput(value: string): string {
  return new Date(value).toISOString();
}
