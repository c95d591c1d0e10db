/** Where on the form it is said what the daemon refused. */

/** Messages by path: `lines.0.quantity`. */
export type Faults = Record<string, string>;

/** Pointers of the body, `lines/0/quantity`, as paths. */
export function faultsAt(told: Record<string, string>): Faults {
  return Object.fromEntries(
    Object.entries(told).map(([pointer, message]) => [
      pointer.replaceAll("/", "."),
      message,
    ]),
  );
}

/** The first of `paths` that is faulty. */
export function firstFault(faults: Faults, paths: string[]): string | undefined {
  return paths.find((path) => path in faults);
}

/** What is faulty and stands nowhere on the form. */
export function homeless(faults: Faults, shown: string[]): Faults {
  const known = new Set(shown);
  return Object.fromEntries(Object.entries(faults).filter(([path]) => !known.has(path)));
}
