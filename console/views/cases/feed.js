/** The cases of a list, page by page, and kept fresh: the first page is asked for again and again, and costs nothing while it is the same. */
import { request } from "../../api.js";
import { usePoll } from "../../elements/load.js";
import { useEffect, useRef, useState } from "../../vendor/ui.js";
import { merged, news, updatedInPlace } from "./merging.js";

/** @typedef {import("../case/shapes.js").Case} Case */

const PAGE = 50;
const EVERY = 7_000;
/** A pointer that rests this long is not about to press anything. */
const RESTS = 6_000;
/** A pointer that has left the list needs this long to reach the button above it. */
const LEAVES = 1_500;
/** Pages without a match are passed over, so many at a time. */
const PAGES_AT_ONCE = 8;

/**
 * @typedef {object} Feed
 * @property {Case[] | null} items null until the first page is there
 * @property {unknown} error
 * @property {boolean} loading a further page
 * @property {boolean} more
 * @property {number} waiting cases that wait to be shown, because the pointer is on the list
 * @property {() => void} showWaiting
 * @property {() => void} next
 * @property {() => void} again
 * @property {{onPointerMove: (event: PointerEvent) => void, onPointerLeave: () => void}} pointer for the list
 */

/** @param {import("../../api.js").Query} query @returns {Feed} */
export function useFeed(query) {
  const key = JSON.stringify(query);
  const [items, setItems] = useState(/** @type {Case[] | null} */ (null));
  const [held, setHeld] = useState(/** @type {Case[] | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const [loading, setLoading] = useState(false);
  const now = useRef({ key, items, held, etag: /** @type {string | null} */ (null), moved: 0, pages: 1, busy: false });
  Object.assign(now.current, { items, held });

  /** The first page. @param {boolean} anew whether the list is another one */
  async function first(anew) {
    const mine = now.current;
    try {
      const answer = await request("GET", "/cases", { query: { ...query, limit: PAGE }, ifNoneMatch: anew ? undefined : mine.etag ?? undefined });
      if (mine.key !== key) return;
      setError(null);
      if (answer.status === 304) return;
      mine.etag = answer.etag;
      const page = /** @type {{items: Case[], next_cursor: string | null}} */ (answer.data);
      if (anew || !mine.items || mine.pages === 1) setCursor(page.next_cursor);
      if (anew) mine.pages = 1;
      show(anew || !mine.items ? page.items : merged(mine.items, page.items, mine.pages === 1 || !page.next_cursor), anew);
      if (anew && page.items.length === 0 && page.next_cursor) void further(page.next_cursor);
    } catch (problem) {
      if (mine.key === key) setError(problem);
    }
  }

  /** @param {Case[]} list @param {boolean} anew */
  function show(list, anew) {
    const mine = now.current, busy = Date.now() - mine.moved < RESTS;
    const moves = mine.items?.some((one, i) => one.case_id !== list[i]?.case_id) ?? false;
    if (!anew && busy && moves && mine.items?.length && news(mine.items, list)) {
      setItems(updatedInPlace(mine.items, list));
      setHeld(list);
      return;
    }
    setHeld(null);
    setItems(list);
  }

  function release() {
    const { held: list } = now.current;
    if (!list) return;
    setHeld(null);
    setItems(list);
  }

  /** @param {string} from */
  async function further(from) {
    const mine = now.current;
    if (mine.busy) return;
    mine.busy = true;
    setLoading(true);
    try {
      let next = /** @type {string | null} */ (from);
      /** @type {Case[]} */ const found = [];
      for (let page = 0; next && found.length === 0 && page < PAGES_AT_ONCE; page += 1) {
        const { data } = await request("GET", "/cases", { query: { ...query, limit: PAGE, cursor: next } });
        if (mine.key !== key) return;
        found.push(...data.items);
        next = data.next_cursor;
        mine.pages += 1;
      }
      setCursor(next);
      setItems((before) => {
        const known = new Set((before ?? []).map((one) => one.case_id));
        return [...(before ?? []), ...found.filter((one) => !known.has(one.case_id))];
      });
      setError(null);
    } catch (problem) {
      if (mine.key === key) setError(problem);
    } finally {
      mine.busy = false;
      setLoading(false);
    }
  }

  useEffect(() => {
    Object.assign(now.current, { key, etag: null, pages: 1, busy: false });
    setItems(null);
    setHeld(null);
    setCursor(null);
    setError(null);
    void first(true);
  }, [key]);

  usePoll(() => void first(false), EVERY);
  useEffect(() => {
    if (!held) return undefined;
    const timer = setInterval(() => { if (Date.now() - now.current.moved >= RESTS) release(); }, 500);
    return () => clearInterval(timer);
  }, [held !== null]);

  return {
    items, error, loading, more: cursor !== null, waiting: held && items ? news(items, held) : 0,
    showWaiting: release,
    next: () => { if (cursor) void further(cursor); },
    again: () => void first(now.current.items === null),
    pointer: {
      // The browser also reports a pointer that stands still while the page moves under it.
      onPointerMove: (event) => { if (event.movementX || event.movementY) now.current.moved = Date.now(); },
      // The button above the list can still be pressed on the way out.
      onPointerLeave: () => { now.current.moved = Date.now() - RESTS + LEAVES; },
    },
  };
}
