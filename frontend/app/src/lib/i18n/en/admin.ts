/** Texts of administration and the user's own account. */

export const admin = {} as const;
