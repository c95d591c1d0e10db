import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
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
