import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The policy of the screens forbids styles in markup, and libraries have some. */
const STYLES: [RegExp, string][] = [
  [/(id="svelte-announcer"[^>]*?)style="[^"]*"/, '$1class="sr"'],
  [/<div style="display: contents;"/g, '<div class="contents"'],
];
const unstyled: Plugin = {
  name: "unstyled",
  enforce: "pre",
  transform(code, id) {
    if (!/\/(runtime\/components\/root|bits-ui\/.*)\.svelte$/.test(id)) return;
    const plain = STYLES.reduce(
      (text, [style, instead]) => text.replace(style, instead),
      code,
    );
    // Lines stay where they are: what maps them to their source still does.
    return plain === code ? undefined : { code: plain, map: null };
  },
};

export default defineConfig({
  plugins: [
    unstyled,
    sveltekit({
      // The daemon answers each path of the screens with the fallback page.
      adapter: adapter({ fallback: "index.html", precompress: true }),
    }),
  ],
  server: {
    // `npm run dev` beside a daemon: `EERP=http://127.0.0.1:8080 npm run dev`.
    proxy: { "/api": process.env.EERP ?? "http://127.0.0.1:8080" },
  },
  test: { include: ["src/**/*.test.ts"] },
});
