/** Texts of lists, search, import and export. */

export const list = {} as const;
