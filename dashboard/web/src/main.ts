import { mount } from 'svelte';

import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';
import { ability } from '$lib/device/ability.svelte';
import { app } from '$lib/app.svelte';
import { language } from '$lib/i18n/index.svelte';
import { me } from '$lib/me.svelte';

await language.start();
void me.start().then(() => app.start());
mount(App, { target: document.getElementById('app')! });

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // Without it everything works, only not offline; the strip under the head says why.
  navigator.serviceWorker.register('/sw.js').then(() => ability.worker(true), () => ability.worker(false));
}
