/** Who is signed in, and the counts beside the navigation. */
import { get, offline } from "../api.js";
import { atSignOut, sessionEnded, signedIn } from "../signin.js";
import { signal } from "../vendor/ui.js";

/**
 * @typedef {{user: string, name: string, roles: string[], service_groups: string[], signature: {text: string, html: string | null} | null}} Me
 * @typedef {{open?: number, unread?: number, waiting_on_agent?: number, mine?: number, unprocessed?: number}} Counts each counted to 1,000 at most
 */

/** The counts read up to 1,100 cases: asked for more often, they would be most of what an open page costs. */
const EVERY = 60_000;

/** @type {import("../vendor/ui.js").Signal<Me | null>} */
export const me = signal(null);

/** @type {import("../vendor/ui.js").Signal<Counts>} */
export const counts = signal({});

/** Loads who is signed in. Raises what `get` raises. */
export async function loadMe() {
  me.value = await get("/me");
}

export const isAdmin = () => me.value?.roles.includes("admin") ?? false;

/** Admins may do what agents do. */
export const isAgent = () => isAdmin() || (me.value?.roles.includes("agent") ?? false);

/** Asks for the counts now, as after a case was closed. Failures show nothing: the counts stay as they were. */
export async function refreshCounts() {
  try {
    counts.value = await get("/cases/counts");
  } catch { /* the next round asks again */ }
}

/** Keeps the counts fresh while the page can be seen. */
export function watchCounts() {
  const ask = () => { if (!document.hidden && !offline.value && !sessionEnded.value && signedIn()) void refreshCounts(); };
  ask();
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
}

atSignOut(() => { me.value = null; });
