/** What is known of a case, each fact with the button that changes it. */
import { When, dayAndTime, exact } from "../../elements/dates.js";
import { groupName } from "../../elements/names.js";
import { breakable } from "../../elements/labels.js";
import { link } from "../../shell/address.js";
import { t } from "../../texts.js";
import { html } from "../../vendor/ui.js";

/** @typedef {import("./shapes.js").Case} Case */
/** @typedef {"topic" | "group" | "employee" | "regarding" | "assignee" | "subject" | "show" | "merge" | "note"} Change */

/** @param {Case} one @param {(change: Change) => void} ask */
export function facts(one, ask) {
  const person = (/** @type {import("./shapes.js").Person | null} */ who) => who && html`${who.name || t.agent.noName} <span class="mono quiet">${who.user_id}</span>${who.email && html`<br /><span class="quiet">${breakable(who.email)}</span>`}`;
  const fact = (/** @type {string} */ name, /** @type {unknown} */ value, /** @type {Change | null} */ change = null) => html`
    <dt>${name}</dt><dd><span>${value || html`<span class="quiet">${t.agent.none}</span>`}</span>${change && html`<button class="icon-only pencil" title=${t.agent.change} aria-label=${t.agent.changeFact(name)} onClick=${() => ask(change)}></button>`}</dd>`;
  return html`
    <aside class="panel" aria-label=${t.agent.factsOfCase}>
      <dl class="facts of-case">
        ${fact(t.agent.employee, one.employee && html`${person(one.employee)}<br /><a href=${link(["cases"], { employee: one.employee.user_id })}>${t.agent.allCasesOf}</a>`, "employee")}
        ${fact(t.agent.regarding, person(one.regarding), "regarding")}
        ${fact(t.agent.topic, one.topic, "topic")}
        ${fact(t.agent.serviceGroup, groupName(one.service_group), "group")}
        ${fact(t.agent.assignee, one.assignee?.name || one.assignee?.user || t.agent.nobody, "assignee")}
        ${fact(t.agent.employeeSees, one.show_to_employee ? t.agent.yes : t.agent.no, "show")}
        ${one.mailbox && fact(t.agent.mailbox, breakable(one.mailbox))}
        ${fact(t.agent.opened, html`<time datetime=${one.created_at} title=${exact(one.created_at)}>${dayAndTime(one.created_at)}</time>`)}
        ${one.last_inbound_at && fact(t.agent.lastReceived, html`<${When} at=${one.last_inbound_at} />`)}
        ${one.last_outbound_at && fact(t.agent.lastSent, html`<${When} at=${one.last_outbound_at} />`)}
        ${one.siblings.length > 0 && fact(t.agent.siblings, one.siblings.map((id) => html`<a key=${id} class="mono" href=${link(["cases", id])}>${numberOf(id)}</a> `))}
      </dl>
    </aside>`;
}

/** A case number as people read it: 7K3F-92QD-X0. @param {string} id */
export function numberOf(id) {
  return id.replace(/^(.{4})(.{4})(.*)$/, "$1-$2-$3");
}
