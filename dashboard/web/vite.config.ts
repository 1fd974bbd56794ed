import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const api = process.env.TEMPOBAND_API ?? 'http://127.0.0.1:8765';

const folder = (path: string): string => new URL(path, import.meta.url).pathname;

export default defineConfig({
  plugins: [svelte()],
  resolve: { alias: { '$lib': folder('./src/lib'), '$words': folder('../../tempoband/words') } },
  build: {
    outDir: '../static',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's content policy allows no data: addresses
    modulePreload: { polyfill: false },
    target: 'es2022',
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', test: /\/src\//, minShareCount: 2 }] } } },
  },
  server: { fs: { allow: ['.', '../../tempoband/words'] }, proxy: { '/api': { target: api, ws: true }, '/healthz': api } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
