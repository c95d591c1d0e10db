/** What is asked of the daemon for a page, and asked again: the last answer stays meanwhile. */

export class Loaded<T> {
  value = $state.raw<T>();
  error = $state.raw<unknown>();
  private asked = 0;
  private readonly ask: () => Promise<T>;

  constructor(ask: () => Promise<T>) {
    this.ask = ask;
  }

  /** Asks; only what was asked last is shown. */
  async load(): Promise<void> {
    const mine = ++this.asked;
    try {
      const value = await this.ask();
      if (mine === this.asked) [this.value, this.error] = [value, undefined];
    } catch (error) {
      if (mine === this.asked) this.error = error;
    }
  }
}
