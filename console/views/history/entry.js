/** One entry of the Email History: who, when, what became of it; open or as one line. */
import { path, request } from "../../api.js";
import { When, dayAndTime } from "../../elements/dates.js";
import { breakable, initials, notice, tag } from "../../elements/labels.js";
import { useLoad } from "../../elements/load.js";
import { Failed, Loading } from "../../elements/states.js";
import { t } from "../../texts.js";
import { html, useState } from "../../vendor/ui.js";
import { replySubject } from "../case/answering.js";
import { nameOf, writerOf } from "../case/shapes.js";
import { warningNotices, warningName } from "../case/warnings.js";
import { attachmentList } from "./attachments.js";
import { Body } from "./body.js";
import { MoveWindow, SplitWindow } from "./moving.js";
import { OriginalWindow } from "./original.js";
import { recipientStates, worstState } from "./recipients.js";
import { Why } from "./why.js";

/** @typedef {import("../case/shapes.js").Entry} EntryShape */

const DIRECTIONS = { inbound: "in", outbound: "out", internal: "note" };

/**
 * @param {{one: import("../case/shapes.js").Case, entry: EntryShape, open: boolean, setOpen: (open: boolean) => void, isNew: boolean,
 *   compose: (mode: "reply" | "reply_all", entry: EntryShape) => void, onChanged: () => void}} props
 */
export function Entry({ one, entry, open, setOpen, isNew, compose, onChanged }) {
  const who = writerOf(entry);
  const mark = entry.kind === "note" ? t.agent.note : entry.direction === "inbound" ? t.agent.received : t.agent.sent;
  const label = `${who || mark}, ${dayAndTime(entry.at)}`;
  const kind = entry.kind === "normal" || entry.kind === "note" ? null : tag(t.agent.kinds[entry.kind]);
  return html`
    <article id=${`entry-${entry.email_id}`} class=${`panel entry ${entry.direction} ${open ? "" : "folded"}`} aria-label=${`${mark}: ${label}`}>
      <header>
        <span class="face" aria-hidden="true">${who ? initials(who) : "?"}</span>
        <h3>
          <button class="opener" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>
            <span class=${`icon ${DIRECTIONS[entry.direction]}`} role="img" aria-label=${mark}></span> ${who || t.agent.system}
          </button>
          ${entry.direction === "inbound" && entry.from?.name && html` <span class="quiet address">${breakable(entry.from.address)}</span>`}
          ${isNew && html` ${tag(t.agent.newMark, "turn")}`}
          ${kind && html` ${kind}`}
          ${!open && entry.warnings.filter((warning) => entry.direction === "inbound" || warning !== "delivery_failed").map((warning) => html` ${tag(warningName(warning), "bad", "alert")}`)}
          ${!open && entry.direction === "outbound" && worstState(entry)}
          ${!open && entry.attachments.some((file) => !file.inline) && html` <span class="tag icon clip"><span class="spoken">${t.agent.attachments}</span> ${entry.attachments.filter((file) => !file.inline).length}</span>`}
        </h3>
        ${open ? html`<p>${peopleLine(entry)}</p>` : html`<p class="first-words">${entry.preview}</p>`}
        <${When} at=${entry.at} />
      </header>
      ${open && html`<${Open} one=${one} entry=${entry} label=${label} compose=${compose} onChanged=${onChanged} />`}
    </article>`;
}

/** @param {EntryShape} entry */
function peopleLine(entry) {
  if (entry.kind === "note") return t.agent.neverSent;
  const names = (/** @type {import("../case/shapes.js").Address[]} */ list) => list.map((one, i) => html`${i > 0 && ", "}<span title=${one.address}>${nameOf(one)}</span>`);
  const differs = entry.reply_to.filter((one) => one.address.toLowerCase() !== entry.from?.address.toLowerCase());
  return html`
    ${t.agent.toWhom} ${entry.to.length ? names(entry.to) : t.agent.nobodyNamed}
    ${entry.cc.length > 0 && html`, ${t.agent.cc} ${names(entry.cc)}`}
    ${(entry.bcc?.length ?? 0) > 0 && html`, ${t.agent.bcc} ${names(entry.bcc ?? [])}`}
    ${entry.direction === "inbound" && differs.length > 0 && html`, ${t.agent.repliesTo} ${names(differs)}`}`;
}

/** @param {{one: import("../case/shapes.js").Case, entry: EntryShape, label: string, compose: (mode: "reply" | "reply_all", entry: EntryShape) => void, onChanged: () => void}} props */
function Open({ one, entry, label, compose, onChanged }) {
  const whole = useLoad((abort) => request("GET", path`/cases/${one.case_id}/emails/${entry.email_id}`, { signal: abort }).then((answer) => /** @type {import("../case/shapes.js").WholeEntry} */ (answer.data)), [one.case_id, entry.email_id]);
  const [window_, setWindow] = useState(/** @type {"original" | "move" | "split" | null} */ (null));
  const [why, setWhy] = useState(false);
  const email = entry.kind !== "note";
  const gone = Boolean(one.merged_into);
  const action = (/** @type {string} */ text, /** @type {() => void} */ run) => html`<button class="plain" aria-label=${`${text}: ${label}`} onClick=${run}>${text}</button>`;
  const subject = entry.subject && replySubject(entry.subject) !== replySubject(one.subject) ? entry.subject : null;
  return html`
    <div class="body">
      ${entry.warnings.length > 0 && html`<div class="notices">${warningNotices(entry.warnings)}</div>`}
      ${subject && email && html`<p class="quiet subject-line">${t.agent.subject}: ${subject}</p>`}
      ${whole.error && !whole.data && html`<${Failed} error=${whole.error} again=${whole.again} />`}
      ${!whole.data && !whole.error && html`<${Loading} rows=${3} />`}
      ${whole.data && html`<${Body} caseId=${one.case_id} entry=${whole.data} />`}
      ${whole.data && cut(whole.data) && notice(t.agent.cut, "", "alert")}
      ${attachmentList(one.case_id, entry)}
      ${entry.direction === "outbound" && recipientStates(entry)}
      ${why && whole.data && html`<${Why} one=${one} entry=${whole.data} />`}
    </div>
    <span id=${`at-${entry.email_id}`} hidden>${label}</span>
    ${email && html`
      <footer>
        ${!gone && entry.kind === "normal" && action(t.agent.reply, () => compose("reply", entry))}
        ${!gone && entry.kind === "normal" && entry.to.length + entry.cc.length > 1 && action(t.agent.replyAll, () => compose("reply_all", entry))}
        ${action(t.agent.showOriginal, () => setWindow("original"))}
        <button class="plain" aria-expanded=${why ? "true" : "false"} aria-describedby=${`at-${entry.email_id}`} onClick=${() => setWhy(!why)}>${t.agent.why}</button>
        ${!gone && entry.kind !== "acknowledgement" && action(t.agent.move, () => setWindow("move"))}
        ${!gone && entry.direction === "inbound" && action(t.agent.split, () => setWindow("split"))}
      </footer>`}
    ${window_ === "original" && whole.data && html`<${OriginalWindow} caseId=${one.case_id} entry=${whole.data} onClose=${() => setWindow(null)} />`}
    ${window_ === "move" && html`<${MoveWindow} one=${one} entry=${entry} onChanged=${onChanged} onClose=${() => setWindow(null)} />`}
    ${window_ === "split" && html`<${SplitWindow} one=${one} entry=${entry} onChanged=${onChanged} onClose=${() => setWindow(null)} />`}`;
}

/** Whether the server has cut a very long text. @param {import("../case/shapes.js").WholeEntry} entry */
function cut(entry) {
  return [entry.text, entry.html].some((text) => text?.endsWith("[...]"));
}
