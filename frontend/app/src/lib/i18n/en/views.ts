/** Texts of boards, calendars, charts, reports, dashboards and the palette. */

export const views = {} as const;
