/** The views with their counts, and the filters. All are links or change the address. */
import { all } from "../../api.js";
import { toastError } from "../../elements/toast.js";
import { link, go, withQuery } from "../../shell/address.js";
import { counts } from "../../shell/me.js";
import { t } from "../../texts.js";
import { html, useState } from "../../vendor/ui.js";
import { VIEWS, viewOf } from "./query.js";

/** @param {{query: URLSearchParams}} props */
export function Views({ query }) {
  const { open, unread, waiting_on_agent: waiting, mine } = counts.value;
  const numbers = /** @type {Record<string, number | undefined>} */ ({ open, unread, waiting, mine });
  const here = viewOf(query);
  return html`
    <nav class="tabs" aria-label=${t.agent.views}>
      ${VIEWS.map((view) => html`
        <a key=${view} href=${hrefOf(view, query)} aria-current=${view === here ? "page" : undefined}>${t.agent.viewNames[view]}${numbers[view] ? html` <span class="count" aria-hidden="true">${numbers[view] >= 1000 ? "1000+" : numbers[view]}</span>` : null}</a>`)}
    </nav>`;
}

/** @param {string} view @param {URLSearchParams} query */
function hrefOf(view, query) {
  const kept = new URLSearchParams(query);
  kept.delete("view");
  if (view !== "open" || kept.get("q") || kept.get("employee")) kept.set("view", view);
  return link(["cases"], kept);
}

/** @param {{query: URLSearchParams, shown: boolean}} props shown: on a small screen, where they are folded away */
export function Filters({ query, shown }) {
  const [groups, setGroups] = useState(/** @type {{id: string, name: string}[]} */ ([]));
  const [topics, setTopics] = useState(/** @type {{name: string}[]} */ ([]));
  const [agents, setAgents] = useState(/** @type {{user: string, name: string | null}[]} */ ([]));
  // The choices are loaded when somebody turns to them: the list itself comes first.
  const need = (/** @type {string} */ where, /** @type {unknown[]} */ known, /** @type {(items: any[]) => void} */ set) => () => { if (!known.length) all(where).then(set, toastError); };
  const choose = (/** @type {string} */ name) => (/** @type {any} */ event) => go(withQuery({ [name]: event.target.value }));
  const select = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ any, /** @type {{value: string, text: string}[]} */ choices, /** @type {() => void} */ load) => {
    const value = query.get(name) ?? "";
    const missing = value && !choices.some((choice) => choice.value === value) ? [{ value, text: value }] : [];
    return html`
      <select aria-label=${label} value=${value} onChange=${choose(name)} onFocus=${load} onPointerEnter=${load}>
        <option value="">${any}</option>
        ${[...missing, ...choices].map((choice) => html`<option key=${choice.value} value=${choice.value} selected=${choice.value === value}>${choice.text}</option>`)}
      </select>`;
  };
  const people = agents.map((agent) => ({ value: agent.user, text: agent.name || agent.user }));
  return html`
    <span id="filters" class=${`row end filters ${shown ? "shown" : ""}`}>
      ${select("service_group", t.agent.serviceGroup, t.agent.allGroups, groups.map((group) => ({ value: group.id, text: group.name || group.id })), need("/service-groups", groups, setGroups))}
      ${select("topic", t.agent.topic, t.agent.allTopics, topics.map((topic) => ({ value: topic.name, text: topic.name })), need("/topics", topics, setTopics))}
      ${select("assignee", t.agent.assignee, t.agent.anybody, [{ value: "me", text: t.agent.me }, { value: "none", text: t.agent.nobody }, ...people], need("/agents", agents, setAgents))}
    </span>`;
}

/** What else narrows the list, each with a button that takes it away. @param {URLSearchParams} query */
export function narrowing(query) {
  const parts = /** @type {[string, string][]} */ ([["q", t.agent.searchedFor], ["employee", t.agent.ofEmployee], ["mailbox", t.agent.ofMailbox]]);
  return parts.filter(([name]) => query.get(name)).map(([name, label]) => html`
    <span key=${name} class="tag">${label} <b>${query.get(name)}</b>
      <a class="icon-only stop" href=${withQuery({ [name]: null })} aria-label=${t.agent.without(`${label} ${query.get(name)}`)}></a>
    </span>`);
}
