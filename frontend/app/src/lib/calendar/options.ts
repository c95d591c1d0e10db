/** What EventCalendar is told, apart from what happens in it. */

import type { Calendar } from "@event-calendar/core";
import { called } from "#lib/contract/display.ts";
import type { Model } from "#lib/contract/types.ts";
import { i18n, t } from "#lib/i18n/i18n.svelte.ts";
import { template } from "#lib/records/needed.ts";
import type { Row } from "#lib/records/records.ts";
import { SPANS, type Entry, type Span, type View } from "./events.ts";

const NAMES = { month: "Month", week: "Week", day: "Day" };

/** The library's name of a span, of whole days or of hours. */
export function viewOf(span: Span, days: boolean): string {
  return `${days || span === "month" ? "dayGrid" : "timeGrid"}${NAMES[span]}`;
}

/** The span that the library calls `name`. */
export function spanOf(name: string): Span {
  return SPANS.find((span) => name.endsWith(NAMES[span])) ?? "month";
}

/** How it looks, and what its buttons are called. */
export function looks(days: boolean): Calendar.Options {
  const views = SPANS.map((span) => viewOf(span, days));
  const texts = SPANS.map((span) => [viewOf(span, days), t(`views.span.${span}`)]);
  return {
    allDaySlot: days,
    dayMaxEvents: true,
    firstDay: firstDay(),
    locale: i18n.locale,
    height: "46rem",
    nowIndicator: true,
    scrollTime: "07:00:00",
    headerToolbar: { start: "prev,next today", center: "title", end: views.join(",") },
    buttonText: (usual) => ({
      ...usual,
      today: t("views.calendar.today"),
      prev: t("views.calendar.previous"),
      next: t("views.calendar.next"),
      close: t("app.close"),
      ...(Object.fromEntries(texts) as Record<string, string>),
    }),
    moreLinkContent: ({ num }) => t("views.calendar.more", { count: num }),
  };
}

/** The day of the week on which the user's weeks begin, Sunday being 0. */
function firstDay(): Calendar.dayOfWeek {
  const locale = new Intl.Locale(i18n.locale);
  const told = locale.getWeekInfo?.().firstDay ?? 1;
  return (told % 7) as Calendar.dayOfWeek;
}

/** The events of a model, called and coloured as its view says. */
export function eventsOf(model: Model, view: View, entries: Entry[]) {
  const coloured = model.fields.find((field) => field.name === view.colour);
  const colour = (row: Row) =>
    coloured?.options?.find((each) => each.value === row[view.colour ?? ""])?.colour;
  return entries.map(({ row, start, end, allDay }) => ({
    id: row.id,
    start,
    end,
    allDay,
    title: called(template(view.title), row) || t("app.none"),
    classNames: `tone-${colour(row) ?? "blue"}`,
  }));
}
