/** The Email History: every email of a case, sent and received, and the notes; newest first. */
import { Empty, Failed, Loading } from "../../elements/states.js";
import { t } from "../../texts.js";
import { html, useEffect, useRef, useState } from "../../vendor/ui.js";
import { Entry } from "./entry.js";

/** @typedef {import("../case/shapes.js").Entry} EntryShape */

/** Entries from which on the browser may leave out what is not on the screen. */
const LONG = 20;
/** The newest entries are open at first; older ones are one line each. */
const OPEN = 2;

/**
 * @param {{one: import("../case/shapes.js").Case, history: import("../case/state.js").HistoryState, wanted: string | null, fresh: string[],
 *   compose: (mode: "reply" | "reply_all", entry: EntryShape) => void, onChanged: () => void}} props
 *   wanted: the entry that the address names; fresh: entries that were unread when the case was opened
 */
export function History({ one, history, wanted, fresh, compose, onChanged }) {
  const { entries } = history;
  const [opened, setOpened] = useState(/** @type {Record<string, boolean>} */ ({}));
  const came = useRef(/** @type {Set<string> | null} */ (null));
  if (entries && !came.current) came.current = new Set(entries.map((entry) => entry.email_id));
  useEffect(() => {
    if (!wanted || !entries) return;
    setOpened((before) => ({ ...before, [wanted]: true }));
    document.getElementById(`entry-${wanted}`)?.scrollIntoView({ block: "start" });
  }, [wanted, entries !== null]);
  const isOpen = (/** @type {EntryShape} */ entry, /** @type {number} */ i) => opened[entry.email_id] ?? (i < OPEN || fresh.includes(entry.email_id) || !came.current?.has(entry.email_id));
  const set = (/** @type {EntryShape} */ entry) => (/** @type {boolean} */ open) => setOpened((before) => ({ ...before, [entry.email_id]: open }));
  const allOpen = entries?.every(isOpen) ?? false;
  return html`
    <section class=${`stack history ${(entries?.length ?? 0) >= LONG ? "long" : ""}`} id="history" aria-labelledby="history-title">
      <div class="row">
        <h2 id="history-title" tabindex="-1">${t.agent.emailHistory}</h2>
        ${entries && html`<span class="quiet">${t.agent.entriesShown(entries.length, history.more)}</span>`}
        ${entries && entries.length > OPEN && html`<button class="plain small end" onClick=${() => setOpened(Object.fromEntries(entries.map((entry) => [entry.email_id, !allOpen])))}>${allOpen ? t.agent.closeAll : t.agent.openAll}</button>`}
      </div>
      ${history.error && html`<${Failed} error=${history.error} again=${() => void history.refresh()} />`}
      ${!entries && !history.error && html`<div class="panel"><${Loading} rows=${8} /></div>`}
      ${entries?.length === 0 && html`<div class="panel">${one.issue ? issue(one) : html`<${Empty} text=${t.agent.noEmails} />`}</div>`}
      ${entries?.map((entry, i) => html`
        <${Entry} key=${entry.email_id} one=${one} entry=${entry} open=${isOpen(entry, i)} setOpen=${set(entry)} isNew=${fresh.includes(entry.email_id)} compose=${compose} onChanged=${onChanged} />`)}
      ${history.more && html`<p><button onClick=${history.next}>${t.agent.olderEntries}</button></p>`}
    </section>`;
}

/** A case that a person made has no email yet: what it is about. @param {import("../case/shapes.js").Case} one */
function issue(one) {
  return html`<div class="inside"><h3>${t.agent.issue}</h3><p class="written">${one.issue}</p><p class="quiet">${t.agent.noEmails}</p></div>`;
}
