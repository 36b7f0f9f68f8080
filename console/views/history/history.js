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
  // As they were when the case was opened: what somebody reads does not close when something new arrives.
  const first = useRef(/** @type {{open: Set<string>, newest: string} | null} */ (null));
  if (entries && !first.current) first.current = { open: new Set(entries.slice(0, OPEN).map((entry) => entry.email_id)), newest: entries[0]?.at ?? "" };
  useEffect(() => {
    if (!wanted || !entries) return;
    setOpened((before) => ({ ...before, [wanted]: true }));
    document.getElementById(`entry-${wanted}`)?.scrollIntoView({ block: "start" });
  }, [wanted, entries !== null]);
  const isOpen = (/** @type {EntryShape} */ entry) => opened[entry.email_id] ?? (fresh.includes(entry.email_id) || first.current?.open.has(entry.email_id) || entry.at > (first.current?.newest ?? ""));
  const latest = useRef({ compose, onChanged });
  latest.current = { compose, onChanged };
  const about = JSON.stringify([one.case_id, one.number, one.subject, one.topic, one.merged_into]);
  const shown = useRef(/** @type {Map<string, {of: unknown[], node: unknown}>} */ (new Map()));
  /** An entry is shown anew only when something of it has changed: of 200, most changes concern one. @param {EntryShape} entry */
  const entryOf = (entry) => {
    const of = [about, entry, isOpen(entry), fresh.includes(entry.email_id)];
    const before = shown.current.get(entry.email_id);
    if (before && of.every((each, at) => each === before.of[at])) return before.node;
    const node = html`
      <${Entry} key=${entry.email_id} one=${one} entry=${entry} open=${of[2]} isNew=${of[3]} setOpen=${(/** @type {boolean} */ open) => setOpened((all) => ({ ...all, [entry.email_id]: open }))}
        compose=${(/** @type {"reply" | "reply_all"} */ mode, /** @type {EntryShape} */ answered) => latest.current.compose(mode, answered)} onChanged=${() => latest.current.onChanged()} />`;
    shown.current.set(entry.email_id, { of, node });
    return node;
  };
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
      ${entries?.map(entryOf)}
      ${history.more && html`<p><button onClick=${history.next}>${t.agent.olderEntries}</button></p>`}
    </section>`;
}

/** A case that a person made has no email yet: what it is about. @param {import("../case/shapes.js").Case} one */
function issue(one) {
  return html`<div class="inside"><h3>${t.agent.issue}</h3><p class="written">${one.issue}</p><p class="quiet">${t.agent.noEmails}</p></div>`;
}
