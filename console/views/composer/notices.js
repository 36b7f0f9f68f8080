/** What the writer must know before sending: people who are new to the case, other domains, what happened meanwhile. */
import { t } from "../../texts.js";
import { html } from "../../vendor/ui.js";
import { nameOf } from "../case/shapes.js";

/** @typedef {import("../case/shapes.js").Address} Address */
/** @typedef {import("../case/shapes.js").Entry} Entry */

/** @param {Address[]} people @param {string} id */
export function newPeople(people, id) {
  if (people.length === 0) return null;
  return html`<p id=${id} class="notice warn icon alert"><span>${t.agent.newToCase(people.map((one) => one.address))}</span></p>`;
}

/** @param {{from: Address, replyTo: Address} | null} other @param {Address[]} to @param {() => void} useSender */
export function replyElsewhere(other, to, useSender) {
  if (!other || !to.some((one) => one.address.toLowerCase() === other.replyTo.address.toLowerCase())) return null;
  return html`<p class="notice bad icon alert"><span>${t.agent.replyElsewhere(other.replyTo.address, other.from.address)}</span> <button type="button" onClick=${useSender}>${t.agent.useSender}</button></p>`;
}

/** @param {Entry[]} arrived @param {() => void} look @param {(() => void) | null} seen */
export function arrivedMeanwhile(arrived, look, seen) {
  const first = arrived[0];
  if (!first) return null;
  const who = first.author?.name || nameOf(first.from);
  const text = first.direction === "outbound" ? t.agent.sentMeanwhile(who, arrived.length) : t.agent.arrivedMeanwhile(who, arrived.length);
  return html`
    <p class="notice warn icon alert" role="alert"><span>${text} <q>${first.preview.slice(0, 140)}</q></span>
      <button type="button" onClick=${look}>${t.agent.showIt}</button>${seen && html`<button type="button" onClick=${seen}>${t.agent.sendAnyway}</button>`}
    </p>`;
}

/** @param {import("../case/presence.js").Other[]} others */
export function answeringToo(others) {
  return others.filter((other) => other.doing === "answering").map((other) => html`<p key=${other.user} class="notice warn icon alert"><span>${t.agent.isAnsweringToo(other.name || other.user)}</span></p>`);
}
