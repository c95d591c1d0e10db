/** Which lines of a list are drawn: those that are seen, and some around them. */

import { createVirtualizer } from "@tanstack/svelte-virtual";

export const ROW_PX = 32;
/** Browsers cannot draw boxes of any height. */
export const LINES_MAX = 500_000;

export function drawn(region: () => HTMLDivElement | undefined) {
  return createVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: 0,
    getScrollElement: () => region() ?? null,
    estimateSize: () => ROW_PX,
    overscan: 12,
    // The head covers the first row of what is scrolled to.
    scrollPaddingStart: ROW_PX,
    scrollPaddingEnd: ROW_PX,
  });
}
