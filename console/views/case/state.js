/** A case and its Email History as the page knows them, kept fresh, and the changes that an agent makes. */
import { ApiError, get, path, request } from "../../api.js";
import { toast, toastError } from "../../elements/toast.js";
import { usePoll } from "../../elements/load.js";
import { refreshCounts } from "../../shell/me.js";
import { t } from "../../texts.js";
import { useEffect, useRef, useState } from "../../vendor/ui.js";

/** @typedef {import("./shapes.js").Case} Case */
/** @typedef {import("./shapes.js").Entry} Entry */

const EVERY = 7_000;
const PAGE = 200;

/**
 * @typedef {object} CaseState
 * @property {Case | null} one
 * @property {unknown} error
 * @property {(known?: Case) => void} reload
 * @property {(changes: Record<string, unknown>, done?: string) => Promise<boolean>} change PATCH of what the page shows; says whether it worked
 */

/** @param {string} id @returns {CaseState} */
export function useCase(id) {
  const [one, setOne] = useState(/** @type {Case | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const etag = useRef(/** @type {string | null} */ (null));
  const load = async () => {
    try {
      const answer = await request("GET", path`/cases/${id}`);
      etag.current = answer.etag;
      setOne((before) => (same(before, answer.data) ? before : answer.data));
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  useEffect(() => { void load(); }, [id]);
  usePoll(() => void load(), EVERY);
  const change = async (/** @type {Record<string, unknown>} */ changes, /** @type {string | undefined} */ done) => {
    try {
      const answer = await request("PATCH", path`/cases/${id}`, { body: changes, ifMatch: etag.current ?? "*" });
      etag.current = answer.etag;
      setOne(answer.data);
      void refreshCounts();
      if (done) toast(done);
      return true;
    } catch (problem) {
      await load();
      if (problem instanceof ApiError && problem.status === 412) toast(t.agent.changedMeanwhile, { urgent: true });
      else toastError(problem);
      return false;
    }
  };
  return { one, error, change, reload: (known) => { if (known) setOne(known); else void load(); } };
}

/**
 * @typedef {object} HistoryState
 * @property {Entry[] | null} entries newest first; null until they are there
 * @property {unknown} error
 * @property {boolean} more
 * @property {() => void} next
 * @property {() => Promise<Entry[] | null>} refresh asks now; null if that failed
 */

/** The entries of a case, newest first. @param {string} id @returns {HistoryState} */
export function useHistory(id) {
  const [entries, setEntries] = useState(/** @type {Entry[] | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const known = useRef({ entries: /** @type {Entry[] | null} */ (null), paged: false });
  known.current.entries = entries;
  const refresh = async () => {
    try {
      const page = /** @type {{items: Entry[], next_cursor: string | null}} */ (await get(path`/cases/${id}/emails`, { limit: PAGE }));
      setError(null);
      const before = known.current.entries ?? [];
      const here = new Set(page.items.map((one) => one.email_id));
      // What has not changed stays the same object, so that it is not shown anew.
      const old = new Map(before.map((one) => [one.email_id, one]));
      const items = page.items.map((one) => { const as = old.get(one.email_id); return as && same(as, one) ? as : one; });
      const oldest = page.items.at(-1)?.at ?? "";
      const older = known.current.paged ? before.filter((one) => !here.has(one.email_id) && one.at < oldest) : [];
      const list = [...items, ...older];
      if (!known.current.paged) setCursor(page.next_cursor);
      if (!same(before, list) || known.current.entries === null) setEntries(list);
      return list;
    } catch (problem) {
      setError(problem);
      return null;
    }
  };
  const next = async () => {
    try {
      const data = await get(path`/cases/${id}/emails`, { limit: PAGE, cursor });
      known.current.paged = true;
      setCursor(data.next_cursor);
      setEntries((before) => [...(before ?? []), ...data.items]);
    } catch (problem) {
      setError(problem);
    }
  };
  useEffect(() => { void refresh(); }, [id]);
  usePoll(() => void refresh(), EVERY);
  return { entries, error, more: cursor !== null, next: () => void next(), refresh };
}

/** @param {unknown} before @param {unknown} after */
function same(before, after) {
  return JSON.stringify(before) === JSON.stringify(after);
}
