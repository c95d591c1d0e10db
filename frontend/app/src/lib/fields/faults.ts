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

/** Whether something is wrong at `path`, or within what stands there. */
export function isFaulty(faults: Faults, path: string): boolean {
  return Object.keys(faults).some((each) => isWithin(each, path));
}

function isWithin(inner: string, path: string): boolean {
  return inner === path || inner.startsWith(`${path}.`);
}

/** The first of `paths` that is faulty. */
export function firstFault(faults: Faults, paths: string[]): string | undefined {
  return paths.find((path) => isFaulty(faults, path));
}

/** What is faulty and stands nowhere on the form. */
export function homeless(faults: Faults, shown: string[]): Faults {
  const isShown = (path: string): boolean => shown.some((place) => isWithin(path, place));
  return Object.fromEntries(Object.entries(faults).filter(([path]) => !isShown(path)));
}
