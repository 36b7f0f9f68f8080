/** The queue of unprocessed emails by reason, with filters in the address, and what is done with many at once. */
import { all, get, post } from "../api.js";
import { When } from "../elements/dates.js";
import { confirmed } from "../elements/dialog.js";
import { tag } from "../elements/labels.js";
import { useLoad, usePoll } from "../elements/load.js";
import { Empty, Failed } from "../elements/states.js";
import { toastError } from "../elements/toast.js";
import { go, link, withQuery } from "../shell/address.js";
import { useKeys } from "../shell/keys.js";
import { t } from "../texts.js";
import { html, useMemo, useState } from "../vendor/ui.js";
import { reasonCodes, reasonWord } from "./codes.js";
import { paged, usePages } from "./pages.js";

/**
 * @typedef {{name: string | null, address: string}} Person
 * @typedef {{id: string, channel: string, mailbox: string | null, reason: string, explanation: string, what_to_do: string, from: Person | null, to: Person[], subject: string,
 *   received_at: string, notified_at: string | null, purge_after: string | null, held: {why: string, by: string, at: string} | null}} Item
 */

const EVERY = 20_000;

/** At most so many go into one job (POST /unprocessed/retry). */
const MOST = 1000;

/** @param {URLSearchParams} query */
function filtersOf(query) {
  return {
    reason: query.get("reason"), mailbox: query.get("mailbox"), from: query.get("from"),
    received_since: midnight(query.get("since"), 0), received_until: midnight(query.get("until"), 1),
  };
}

/** The beginning of a day in the reader's zone. @param {string | null} date "2026-11-26" @param {number} later days */
function midnight(date, later) {
  if (!date || !/^\d{4}-\d\d-\d\d$/.test(date)) return null;
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return new Date(year, month - 1, day + later).toISOString();
}

/** @param {{current: string | null, query: URLSearchParams, round: number, started: (job: string) => void}} props */
export function Queue({ current, query, round, started }) {
  const filters = filtersOf(query);
  const filtered = Object.values(filters).some(Boolean);
  const [shown, setShown] = useState(0);
  const pages = /** @type {import("./pages.js").Pages<Item>} */ (usePages("/unprocessed", filters, [round, shown]));
  const [chosen, setChosen] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const [fresh, setFresh] = useState(0);
  const [filtering, setFiltering] = useState(false);
  const groups = useMemo(() => byReason(pages.items), [pages.items.length, pages.items[0]?.id, shown, round]);
  const order = groups.flatMap(([, items]) => items);
  const selected = order.filter((item) => chosen.has(item.id)).map((item) => item.id);
  usePoll(async () => {
    if (!pages.loaded) return;
    const known = new Set(pages.items.map((item) => item.id));
    const newest = await get("/unprocessed", filters).catch(() => ({ items: [] }));
    const came = newest.items.filter((/** @type {Item} */ item) => !known.has(item.id) && item.received_at >= (pages.items[0]?.received_at ?? "")).length;
    // Nothing moves under the pointer, and no choice is lost.
    if (came && chosen.size === 0 && !document.querySelector(".queue-side .panel:hover")) show(); else setFresh(came);
  }, EVERY);
  const show = () => {
    setFresh(0);
    setShown((n) => n + 1);
  };
  const move = (/** @type {number} */ by) => () => {
    const at = order.findIndex((item) => item.id === current);
    const next = order[Math.min(Math.max(at + by, 0), order.length - 1)];
    if (next) go(link(["unprocessed", next.id], query));
  };
  const toggle = (/** @type {string[]} */ ids, /** @type {boolean} */ on) => {
    const next = new Set(chosen);
    for (const id of ids) if (on) next.add(id); else next.delete(id);
    setChosen(next);
  };
  useKeys([{ key: "j", label: t.admin.nextRow, run: move(1) }, { key: "k", label: t.admin.previousRow, run: move(-1) }], [order.map((item) => item.id).join(), current, query.toString()]);

  const begin = async (/** @type {"retry" | "discard"} */ verb, /** @type {object} */ selection) => {
    try {
      const job = await post(`/unprocessed/${verb}`, selection);
      setChosen(new Set());
      started(job.job_id);
    } catch (error) {
      toastError(error);
    }
  };
  const discard = async (/** @type {object} */ selection, /** @type {string} */ title) => {
    if (await confirmed({ title, text: t.admin.discardManyText, action: t.admin.discard, danger: true })) await begin("discard", selection);
  };
  const retryAll = async (/** @type {object} */ selection, /** @type {string} */ title) => {
    if (await confirmed({ title, text: t.admin.retryAllText, action: title })) await begin("retry", selection);
  };
  const whole = filters.reason && !filters.from && !filters.received_since && !filters.received_until ? { reason: filters.reason, ...(filters.mailbox ? { mailbox: filters.mailbox } : {}) } : null;
  const word = reasonWord(filters.reason);

  return html`
    <div class="queue-side">
      <div class="bar"><h1>${t.admin.unprocessed}</h1>
        <button class="only-narrow end" aria-expanded=${filtering ? "true" : "false"} aria-controls="filters" onClick=${() => setFiltering(!filtering)}>${t.agent.filters}</button>${fresh > 0 && html`<button class="end" onClick=${show}>${t.admin.newEmails(fresh)}</button>`}</div>
      <${Filters} query=${query} filtered=${filtered} shown=${filtering || filtered} />
      <section class="panel" aria-label=${t.admin.queue}>
        ${order.length > 0 && html`
          <header>
            <label class="row"><input type="checkbox" checked=${selected.length === order.length} indeterminate=${selected.length > 0 && selected.length < order.length}
              onChange=${(/** @type {any} */ event) => toggle(order.map((item) => item.id), event.target.checked)} aria-label=${t.admin.selectAll} />
              <span aria-live="polite">${t.admin.selected(selected.length)}</span></label>
            <span class="end row">
              ${selected.length > 0 && html`
                <button onClick=${() => begin("retry", { ids: selected.slice(0, MOST) })}>${t.admin.retrySelected}</button>
                <button onClick=${() => discard({ ids: selected.slice(0, MOST) }, t.admin.discardManyTitle(selected.length))}>${t.admin.discardSelected}</button>`}
              ${selected.length === 0 && whole && html`
                <button onClick=${() => retryAll(whole, t.admin.retryAllOf(word))}>${t.admin.retryAllOf(word)}</button>
                <button onClick=${() => discard(whole, t.admin.discardAllTitle)}>${t.admin.discardAllOf(word)}</button>`}
            </span>
          </header>`}
        ${paged(pages, html`<${Empty} text=${filtered ? t.admin.queueEmptyFiltered : t.admin.queueEmpty}>${filtered && html`<p><a class="button" href=${link(["unprocessed"])}>${t.admin.clearFilters}</a></p>`}<//>`, () => html`
          ${groups.map(([reason, items]) => html`
            <div key=${reason}>
              <h2 class="group">${reasonWord(reason)} <span class="count end">${items.length}</span></h2>
              <ul class="queue">${items.map((item) => row(item, item.id === current, chosen.has(item.id), query, toggle))}</ul>
            </div>`)}`)}
      </section>
    </div>`;
}

/** @param {Item} item @param {boolean} current @param {boolean} chosen @param {URLSearchParams} query @param {(ids: string[], on: boolean) => void} toggle */
function row(item, current, chosen, query, toggle) {
  const subject = item.subject || t.admin.noSubject;
  return html`
    <li key=${item.id} aria-current=${current ? "true" : undefined}>
      <input type="checkbox" checked=${chosen} aria-label=${t.admin.select(subject)} onChange=${(/** @type {any} */ event) => toggle([item.id], event.target.checked)} />
      <div><a href=${link(["unprocessed", item.id], query)}>${subject}</a><span class="quiet">${item.from?.address ?? t.admin.nobody}</span>${item.held && tag(t.admin.held, "warn")}</div>
      <${When} at=${item.received_at} short />
    </li>`;
}

/** The reasons with the most emails first. @param {Item[]} items @returns {[string, Item[]][]} */
function byReason(items) {
  /** @type {Map<string, Item[]>} */ const groups = new Map();
  for (const item of items) groups.set(item.reason, [...(groups.get(item.reason) ?? []), item]);
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}

/** @param {{query: URLSearchParams, filtered: boolean, shown: boolean}} props shown: on a small screen, where they are folded away */
function Filters({ query, filtered, shown }) {
  const mailboxes = useLoad(() => all("/mailboxes"), []);
  const set = (/** @type {string} */ name) => (/** @type {any} */ event) => go(withQuery({ [name]: event.target.value, job: null }), { replace: true });
  const reason = query.get("reason") ?? "";
  const mailbox = query.get("mailbox") ?? "";
  const addresses = /** @type {string[]} */ ((mailboxes.data ?? []).map((one) => one.address));
  if (mailbox && !addresses.includes(mailbox)) addresses.push(mailbox);
  return html`
    ${mailboxes.error && !mailboxes.data ? html`<${Failed} error=${mailboxes.error} again=${mailboxes.again} />` : null}
    <div id="filters" class=${`bar filters ${shown ? "shown" : ""}`}>
      <select aria-label=${t.admin.reason} value=${reason} onChange=${set("reason")}>
        <option value="">${t.admin.allReasons}</option>${reasonCodes().map((code) => html`<option key=${code} value=${code}>${reasonWord(code)}</option>`)}
      </select>
      <select aria-label=${t.admin.mailbox} value=${mailbox} onChange=${set("mailbox")}>
        <option value="">${t.admin.allMailboxes}</option>${addresses.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
      </select>
      <input type="email" aria-label=${t.admin.fromAddress} placeholder=${t.admin.fromAddress} value=${query.get("from") ?? ""} onChange=${set("from")} />
      <label>${t.admin.receivedSince}<input type="date" value=${query.get("since") ?? ""} onChange=${set("since")} /></label>
      <label>${t.admin.receivedUntil}<input type="date" value=${query.get("until") ?? ""} onChange=${set("until")} /></label>
      ${filtered && html`<a class="button" href=${link(["unprocessed"])}>${t.admin.clearFilters}</a>`}
    </div>`;
}
