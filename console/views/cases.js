/** The list of cases: views, filters, rows; new emails appear by themselves. */
import { offline } from "../api.js";
import { announce } from "../elements/live.js";
import { Empty, Failed, Loading } from "../elements/states.js";
import { go, link } from "../shell/address.js";
import { useKeys } from "../shell/keys.js";
import { useTitle } from "../shell/title.js";
import { t } from "../texts.js";
import { html, useEffect, useRef, useState } from "../vendor/ui.js";
import { useFeed } from "./cases/feed.js";
import { Filters, Views, narrowing } from "./cases/filters.js";
import { NewCase } from "./cases/new_case.js";
import { asked, narrowed, viewOf } from "./cases/query.js";
import { caseRow } from "./cases/row.js";

/** Rows from which on the browser may leave out what is not on the screen. */
const LONG = 300;

/** @param {import("../shell/pages.js").ViewProps} props */
export default function Cases({ query }) {
  useTitle(query.get("q") ? t.agent.searchTitle(query.get("q") ?? "") : t.agent.cases);
  const feed = useFeed(asked(query));
  const [selected, setSelected] = useState(/** @type {string | null} */ (null));
  const [making, setMaking] = useState(false);
  const [filtering, setFiltering] = useState(false);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const view = viewOf(query);
  const items = feed.items ?? [];

  // Keys may come faster than the page is shown anew.
  const latest = useRef({ items, selected, next: feed.next });
  Object.assign(latest.current, { items, selected, next: feed.next });
  /** @param {string | null} id */
  const select = (id) => {
    latest.current.selected = id;
    setSelected(id);
  };
  /** @param {number} step */
  const move = (step) => {
    const { items: rows, selected: here } = latest.current;
    const at = rows.findIndex((one) => one.case_id === here);
    const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
    if (!next) return;
    select(next.case_id);
    const row = /** @type {HTMLElement | null} */ (list.current?.querySelector(`[data-case="${CSS.escape(next.case_id)}"] a`));
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
    if (at + step >= rows.length - 3) latest.current.next();
  };
  const chosen = () => latest.current.selected ?? latest.current.items[0]?.case_id;
  useKeys([
    { key: "j", label: t.agent.keyNext, run: () => move(1) },
    { key: "k", label: t.agent.keyPrevious, run: () => move(-1) },
    { key: "Enter", label: t.agent.keyOpen, run: () => { const id = chosen(); if (id) go(link(["cases", id])); } },
    { key: "r", label: t.agent.keyReply, run: () => { const id = chosen(); if (id) go(link(["cases", id], { compose: "reply" })); } },
  ]);

  // The way back from a case leads to this list, with its filters.
  useEffect(() => { sessionStorage.setItem("email-channels.list", link(["cases"], query)); }, [query.toString()]);
  const told = useRef(0);
  useEffect(() => {
    if (feed.waiting > told.current) announce(t.agent.newWaiting(feed.waiting));
    told.current = feed.waiting;
  }, [feed.waiting]);

  return html`
    <h1 class="spoken">${t.agent.cases}</h1>
    <div class="bar list-bar">
      <${Views} query=${query} />
      <button class="only-narrow" aria-expanded=${filtering ? "true" : "false"} aria-controls="filters" onClick=${() => setFiltering(!filtering)}>${t.agent.filters}</button>
      <${Filters} query=${query} shown=${filtering} />
      <button onClick=${() => setMaking(true)}>${t.agent.newCase}</button>
    </div>
    ${narrowed(query) && html`<p class="row narrowing">${narrowing(query)}</p>`}
    ${feed.error && html`<${Failed} error=${feed.error} again=${feed.again} />`}
    <div class="waits">${feed.waiting > 0 && html`<button class="primary" onClick=${feed.showWaiting}>${t.agent.newWaiting(feed.waiting)}</button>`}</div>
    ${!feed.items && !feed.error && html`<div class="panel"><${Loading} rows=${9} /></div>`}
    ${feed.items && (items.length
      ? html`
        <ul ref=${list} class=${`cases panel ${items.length > LONG ? "long-list" : ""}`} aria-label=${t.agent.listName(t.agent.viewNames[view])}
          onFocusIn=${(/** @type {any} */ event) => select(event.target.closest("[data-case]")?.dataset.case ?? null)} ...${feed.pointer}>
          ${items.map((one) => caseRow(one, one.case_id === selected))}
        </ul>`
      : !feed.more && html`<div class="panel"><${Empty} text=${narrowed(query) ? t.agent.noMatch : t.agent.noCases[view]}>
          <p>${narrowed(query) ? html`<a href=${link(["cases"])}>${t.agent.withoutFilters}</a>` : t.agent.byThemselves}</p><//></div>`)}
    ${feed.items && html`<${End} feed=${feed} />`}
    ${making && html`<${NewCase} onClose=${() => setMaking(false)} />`}`;
}

/** The end of the list: loads what follows when it comes into sight. @param {{feed: import("./cases/feed.js").Feed}} props */
function End({ feed }) {
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  const next = useRef(feed.next);
  next.current = feed.next;
  useEffect(() => {
    if (!end.current || !feed.more || feed.error) return undefined;
    const seen = new IntersectionObserver(([entry]) => { if (entry?.isIntersecting) next.current(); }, { rootMargin: "400px" });
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [feed.more, feed.items?.length, feed.error]);
  const number = feed.items?.length ?? 0;
  return html`
    <p ref=${end} class="bar quiet list-end">
      <span>${number > 0 && t.agent.shown(number, feed.more)} ${offline.value ? t.agent.notLive : t.agent.live}</span>
      ${feed.more && html`<button onClick=${feed.next} disabled=${feed.loading}>${feed.loading ? t.common.loading : t.common.showMore}</button>`}
      <span class="end row hint"><span><kbd>j</kbd> <kbd>k</kbd> ${t.agent.hintMove}</span><span><kbd>Enter</kbd> ${t.agent.hintOpen}</span><span><kbd>/</kbd> ${t.agent.hintSearch}</span><span><kbd>?</kbd> ${t.agent.hintKeys}</span></span>
    </p>`;
}
