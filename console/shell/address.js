/** The address of a view: `#/cases/7K3F92QDX0?tab=x`. What a list shows (filters, search) stands in it, so that it can be kept and sent. */
import { signal } from "../vendor/ui.js";

/** @typedef {{path: string, parts: string[], query: URLSearchParams}} Address parts are decoded */

/** @returns {Address} */
function read() {
  const [path = "", query = ""] = location.hash.replace(/^#/, "").split("?", 2);
  return { path: path || "/", parts: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Where the page is. */
export const address = signal(read());
addEventListener("hashchange", () => {
  if (location.hash === shown) return;
  // The browser's own buttons: the address has changed already.
  if (holding) void leaving(arrive, () => history.pushState(null, "", shown || "#/"));
  else arrive();
});

/** The address of what is shown. */
let shown = location.hash;

function arrive() {
  shown = location.hash;
  address.value = read();
}

/** Asks whether the reader wants to leave. @type {(() => Promise<boolean>) | null} */
let holding = null;
let asking = false;

/**
 * Keeps the reader here until they say that they want to leave, as while a form has changes. Holds for links, keys and
 * the browser's own buttons alike.
 * @param {() => Promise<boolean>} ask @returns {() => void} lets them go
 */
export function holdHere(ask) {
  holding = ask;
  return () => { if (holding === ask) holding = null; };
}

/** @param {() => void} leave @param {() => void} stay */
async function leaving(leave, stay) {
  if (asking || !holding) return stay();
  asking = true;
  const wanted = await holding();
  asking = false;
  if (!wanted) return stay();
  holding = null;
  return leave();
}

addEventListener("click", (event) => {
  const href = event.target instanceof Element ? event.target.closest("a")?.getAttribute("href") : null;
  if (!holding || !href?.startsWith("#/") || href === shown || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void leaving(() => { location.hash = href; }, () => {});
}, { capture: true });

/**
 * The href of a view: link(["cases", id]), link(["cases"], {status: "open"}). Empty values are left out.
 * @param {string[]} parts
 * @param {Record<string, string | null | undefined> | URLSearchParams} [query]
 */
export function link(parts, query = {}) {
  const pairs = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const search = new URLSearchParams();
  for (const [name, value] of pairs) if (value) search.set(name, value);
  return `#/${parts.map(encodeURIComponent).join("/")}${search.size ? `?${search}` : ""}`;
}

/**
 * Goes to a view.
 * @param {string} href of `link`
 * @param {{replace?: boolean}} [options] replace: without a step in the browser's history, as while a search word is typed
 */
export function go(href, { replace = false } = {}) {
  const leave = () => {
    if (!replace) location.hash = href;
    else {
      history.replaceState(null, "", href);
      arrive();
    }
  };
  if (holding) void leaving(leave, () => {});
  else leave();
}

/** The address with some of its query changed; null or "" takes a value out. @param {Record<string, string | null>} changes */
export function withQuery(changes) {
  const query = new URLSearchParams(address.value.query);
  for (const [name, value] of Object.entries(changes)) if (value) query.set(name, value); else query.delete(name);
  return link(address.value.parts, query);
}
