/** The sections of the configuration that are only read: settings, purges, audit, jobs, probes. */
import { all, get } from "../api.js";
import { When, dayAndTime } from "../elements/dates.js";
import { tag } from "../elements/labels.js";
import { useLoad } from "../elements/load.js";
import { Who } from "../elements/names.js";
import { Empty, Failed, Loading } from "../elements/states.js";
import { go, link, withQuery } from "../shell/address.js";
import { t } from "../texts.js";
import { html } from "../vendor/ui.js";
import { actionWord, kindWord, reasonWord, stateWord } from "./codes.js";
import { JobProgress } from "./job_progress.js";
import { paged, usePages } from "./pages.js";
import { probeTag, probeTimes } from "./sections.js";

/** A table that scrolls sideways by itself where the screen is narrow. @param {string} label @param {string[]} heads @param {unknown} body */
function table(label, heads, body) {
  return html`
    <div class="panel scroll" tabindex="0" role="region" aria-label=${label}>
      <table><thead><tr>${heads.map((head) => html`<th key=${head} scope="col">${head}</th>`)}</tr></thead><tbody>${body}</tbody></table>
    </div>`;
}

export function Settings() {
  const { data, error, again } = useLoad((abort) => get("/settings", {}, abort), []);
  if (error && !data) return html`<${Failed} error=${error} again=${again} />`;
  if (!data) return html`<${Loading} />`;
  return html`
    <p class="quiet lead">${t.admin.settingsText}</p>
    ${table(t.admin.settings, [t.admin.parameter, t.admin.value], Object.entries(data).map(([name, value]) => html`<tr key=${name}><th scope="row" class="mono">${name.split(/(?=[A-Z])/).map((part, i) => html`<wbr key=${i} />${part}`)}</th><td>${settingWords(value)}</td></tr>`))}`;
}

/** @param {unknown} value */
function settingWords(value) {
  if (value === true) return t.admin.yes;
  if (value === false) return t.admin.no;
  if (value === null || value === "" || (Array.isArray(value) && !value.length)) return html`<span class="quiet">${t.admin.none}</span>`;
  return Array.isArray(value) ? value.join(", ") : String(value);
}

export function Purges() {
  const pages = /** @type {import("./pages.js").Pages<any>} */ (usePages("/purges"));
  return html`
    <p class="quiet lead">${t.admin.purgesText}</p>
    <div class="panel">
      ${paged(pages, html`<${Empty} text=${t.admin.noPurges} />`, (items) => html`
        <ul class="proofs">${items.map((purge) => html`
          <li key=${purge.purge_id}><details><summary>${dayAndTime(purge.at)} · ${t.admin.purgeCount(purge.count)}</summary>
            <p class="quiet">${t.admin.restorableUntil(dayAndTime(purge.restorable_until))}</p>
            <table><thead><tr><th scope="col">${t.admin.id}</th><th scope="col">${t.admin.reason}</th><th scope="col">${t.admin.received}</th><th scope="col">${t.admin.notified}</th></tr></thead>
              <tbody>${purge.items.map((/** @type {any} */ one) => html`<tr key=${one.id}><td class="mono">${one.id}</td><td>${reasonWord(one.reason)}</td><td>${dayAndTime(one.received_at)}</td><td>${dayAndTime(one.notified_at)}</td></tr>`)}</tbody></table>
          </details></li>`)}</ul>`)}
    </div>`;
}

/** @param {{query: URLSearchParams}} props */
export function Audit({ query }) {
  const since = query.get("since");
  const filters = { actor: query.get("actor"), action: query.get("action"), target: query.get("target"), since: since ? new Date(`${since}T00:00`).toISOString() : null };
  const pages = /** @type {import("./pages.js").Pages<any>} */ (usePages("/audit", filters));
  const set = (/** @type {string} */ name) => (/** @type {any} */ event) => go(withQuery({ [name]: event.target.value.trim() }), { replace: true });
  const filtered = Object.values(filters).some(Boolean);
  return html`
    <p class="quiet lead">${t.admin.auditText}</p>
    <div class="bar filters">
      <input aria-label=${t.admin.actor} placeholder=${t.admin.actor} value=${filters.actor ?? ""} onChange=${set("actor")} />
      <select aria-label=${t.admin.action} value=${filters.action ?? ""} onChange=${set("action")}>
        <option value="">${t.admin.allActions}</option>${Object.entries(t.admin.auditActions).map(([code, words]) => html`<option key=${code} value=${code}>${words}</option>`)}
      </select>
      <input aria-label=${t.admin.target} placeholder=${t.admin.target} value=${filters.target ?? ""} onChange=${set("target")} />
      <label>${t.admin.since}<input type="date" value=${since ?? ""} onChange=${set("since")} /></label>
    </div>
    ${paged(pages, html`<div class="panel"><${Empty} text=${filtered ? t.admin.noAuditFiltered : t.admin.noAudit} /></div>`, (items) => table(
      t.admin.audit, [t.admin.when, t.admin.actor, t.admin.action, t.admin.target, t.admin.fields, t.admin.before, t.admin.after],
      items.map((one, i) => html`
        <tr key=${`${one.at}${i}`}><td class="time">${dayAndTime(one.at)}</td><td class="person"><${Who} user=${one.actor} /></td><td>${actionWord(one.action)}</td><td class="mono">${one.target}</td><td class="fields">${one.fields.join(", ")}</td><td>${valuesOf(one.before)}</td><td>${valuesOf(one.after)}</td></tr>`),
    ))}`;
}

/** @param {Record<string, unknown> | null} values */
function valuesOf(values) {
  if (!values || Object.keys(values).length === 0) return null;
  return html`<details><summary>${t.admin.values}</summary><ul>${Object.entries(values).map(([name, value]) => html`<li key=${name}><span class="quiet">${name}:</span> ${typeof value === "object" ? JSON.stringify(value) : String(value)}</li>`)}</ul></details>`;
}

/** @param {{id: string | null}} props */
export function Jobs({ id }) {
  const pages = /** @type {import("./pages.js").Pages<import("./job_progress.js").Job>} */ (usePages("/jobs", {}, [id]));
  return html`
    ${id && html`<${JobProgress} key=${id} id=${id} onClose=${() => go(link(["configuration", "jobs"]))} />`}
    ${paged(pages, html`<div class="panel"><${Empty} text=${t.admin.noJobs} /></div>`, (items) => table(
      t.admin.jobs, [t.admin.job, t.admin.state, t.admin.started, t.admin.finished, t.admin.by],
      items.map((job) => html`
        <tr key=${job.job_id}><th scope="row"><a href=${link(["configuration", "jobs", job.job_id])}>${kindWord(job.kind)}</a></th>
          <td>${tag(stateWord(job.state), job.state === "failed" ? "bad" : job.state === "done" ? "good" : "turn")} ${t.admin.jobProgress(job.done, job.total)}</td>
          <td><${When} at=${job.started_at} /></td><td>${job.finished_at ? html`<${When} at=${job.finished_at} />` : "–"}</td><td class="person"><${Who} user=${job.by} /></td></tr>`),
    ))}`;
}

export function Probes() {
  const { data, error, again } = useLoad(() => all("/mailboxes"), []);
  if (error && !data) return html`<${Failed} error=${error} again=${again} />`;
  if (!data) return html`<${Loading} />`;
  const probed = data.filter((/** @type {any} */ one) => one.probe);
  return html`
    <p class="quiet lead">${t.admin.probesText}</p>
    ${probed.length === 0 ? html`<div class="panel"><${Empty} text=${t.admin.probesOff} /></div>` : table(
      t.admin.probes, [t.admin.mailbox, t.admin.state, t.admin.probeSent, t.admin.probeReturned, t.admin.probeSeconds],
      probed.map((/** @type {any} */ one) => html`<tr key=${one.address}><th scope="row"><a href=${link(["configuration", "mailboxes", one.address])}>${one.address}</a></th><td>${probeTag(one.probe)}</td>${probeTimes(one.probe)}</tr>`),
    )}`;
}
