/** Texts of forms, actions and what hangs on a record. */

export const form = {} as const;
