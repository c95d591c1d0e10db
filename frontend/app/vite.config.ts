import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Kit hides what it announces by an attribute that the policy of the pages forbids. */
const hidden: Plugin = {
  name: "hidden-by-class",
  enforce: "pre",
  transform: (code, id) =>
    id.includes(".svelte")
      ? code.replace(/style="position: absolute;[^"]*"/, 'class="sr"')
      : null,
};

export default defineConfig({
  plugins: [
    hidden,
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
