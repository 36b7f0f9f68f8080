/** What can be done with a case. The names of the buttons are known to others: docs and tests rely on them. */
import { t } from "../../texts.js";
import { html, useRef } from "../../vendor/ui.js";

/** @typedef {"new" | "reply" | "reply_all"} Mode */

/**
 * @param {{one: import("./shapes.js").Case, canReply: boolean, compose: (mode: Mode) => void, showHistory: () => void, change: (what: import("./facts.js").Change) => void,
 *   setStatus: (status: "open" | "closed") => void, assignToMe: (() => void) | null}} props
 */
export function Toolbar({ one, canReply, compose, showHistory, change, setStatus, assignToMe }) {
  const menu = useRef(/** @type {HTMLElement | null} */ (null));
  const gone = Boolean(one.merged_into);
  const place = (/** @type {ToggleEvent} */ event) => {
    const button = document.getElementById("more-of-case"), pop = /** @type {HTMLElement} */ (event.currentTarget);
    if (event.newState !== "open" || !button) return;
    const box = button.getBoundingClientRect();
    pop.style.inset = `${box.bottom + 4}px auto auto ${Math.max(8, Math.min(box.left, innerWidth - 240))}px`;
  };
  const item = (/** @type {string} */ text, /** @type {() => void} */ run) => html`<button class="plain" onClick=${() => { menu.current?.hidePopover(); run(); }}>${text}</button>`;
  return html`
    <div class="toolbar" role="toolbar" aria-label=${t.agent.caseTools}>
      <button class="primary" aria-keyshortcuts="r" disabled=${gone || !canReply} onClick=${() => compose("reply")}>${t.agent.reply}</button>
      <button disabled=${gone || !canReply} onClick=${() => compose("reply_all")}>${t.agent.replyAll}</button>
      <button disabled=${gone} onClick=${() => compose("new")}>${t.agent.sendEmail}</button>
      <button aria-controls="history" onClick=${showHistory}>${t.agent.emailHistory}</button>
      ${one.status === "open"
        ? html`<button key="close" onClick=${() => setStatus("closed")}>${t.agent.close}</button>`
        : html`<button key="reopen" disabled=${gone} onClick=${() => setStatus("open")}>${t.agent.reopen}</button>`}
      <button id="more-of-case" class="plain" popovertarget="case-menu">${t.common.more}</button>
      <div id="case-menu" ref=${menu} class="pop menu-list" popover onToggle=${place}>
        ${assignToMe && item(t.agent.assignToMe, assignToMe)}
        ${item(t.agent.assign, () => change("assignee"))}
        ${!gone && item(t.agent.addNote, () => change("note"))}
        ${item(t.agent.changeSubject, () => change("subject"))}
        ${item(t.agent.changeTopic, () => change("topic"))}
        ${item(t.agent.changeGroup, () => change("group"))}
        ${item(t.agent.correctEmployee, () => change("employee"))}
        ${!gone && item(t.agent.mergeIntoAnother, () => change("merge"))}
      </div>
    </div>`;
}
