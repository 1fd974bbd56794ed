/** Client-side routes on the History API. */

export type Route =
  | { page: 'home' | 'mine' | 'now' | 'caseload' | 'rules' | 'sets' | 'people' | 'join' | 'account' | 'staff' | 'clinics' | 'fleet' | 'privacy' | 'audit' | 'notFound' }
  | { page: 'history' | 'hand' | 'live' | 'free' | 'set' | 'person' | 'today' | 'watch' | 'rights'; id: string };

export function match(path: string): Route {
  const [head = '', id, ...more] = path.split('/').filter(Boolean).map(decodeURIComponent);
  if (more.length) return { page: 'notFound' };
  if (id === undefined) {
    if (head === '') return { page: 'home' };
    if (head === 'sets' || head === 'people' || head === 'caseload' || head === 'rules' || head === 'now' || head === 'mine') return { page: head };
    if (head === 'join' || head === 'account' || head === 'staff' || head === 'clinics' || head === 'fleet' || head === 'privacy' || head === 'audit') return { page: head };
    return { page: 'notFound' };
  }
  if (head === 'history' || head === 'hand' || head === 'watch') return { page: head, id };
  if (head === 'live' || head === 'free' || head === 'today') return { page: head, id };
  if (head === 'sets') return { page: 'set', id };
  if (head === 'people') return { page: 'person', id };
  if (head === 'privacy') return { page: 'rights', id };
  return { page: 'notFound' };
}

export const href = {
  home: '/',
  /** The live page of whoever asks. */
  mine: '/mine',
  sets: '/sets',
  people: '/people',
  join: '/join',
  account: '/account',
  staff: '/staff',
  clinics: '/clinics',
  fleet: '/fleet',
  privacy: '/privacy',
  audit: '/audit',
  rights: (id: string) => `/privacy/${encodeURIComponent(id)}`,
  now: '/now',
  caseload: '/caseload',
  rules: '/rules',
  watch: (id: string) => `/watch/${encodeURIComponent(id)}`,
  live: (sensor: string) => `/live/${encodeURIComponent(sensor)}`,
  free: (sensor: string) => `/free/${encodeURIComponent(sensor)}`,
  set: (id: string) => `/sets/${encodeURIComponent(id)}`,
  history: (id: string) => `/history/${encodeURIComponent(id)}`,
  hand: (id: string) => `/hand/${encodeURIComponent(id)}`,
  today: (id: string) => `/today/${encodeURIComponent(id)}`,
  person: (id: string) => `/people/${encodeURIComponent(id)}`,
};

class Router {
  path = $state(location.pathname);
  /** What stands after the question mark: a choice made on the page before. */
  query = $state(new URLSearchParams(location.search));
  readonly route = $derived(match(this.path));

  constructor() {
    addEventListener('popstate', () => this.arrive());
    document.addEventListener('click', (event) => this.follow(event));
  }

  go(address: string): void {
    if (address === location.pathname + location.search) return;
    history.pushState(null, '', address);
    this.arrive();
    scrollTo(0, 0);
  }

  /** Another page in place of this one: going back skips it. */
  replace(address: string): void {
    history.replaceState(null, '', address);
    this.arrive();
  }

  private arrive(): void {
    this.query = new URLSearchParams(location.search);
    this.path = location.pathname;
  }

  /** Plain clicks on our own links stay in the page; everything else is the browser's. */
  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/')) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}

export const router = new Router();
