/** What would have happened to the last emails of a mailbox, with settings that are not saved yet. */
import { post } from "../api.js";
import { Field } from "../elements/field.js";
import { refused } from "../elements/states.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";
import { JobProgress, stateOf } from "./job_progress.js";

/** @typedef {import("./job_progress.js").Job} Job */

/** @param {{thing: Record<string, any> | null, values: Record<string, any>}} props */
export function WhatWould({ thing, values }) {
  const [last, setLast] = useState("20");
  const [job, setJob] = useState(/** @type {string | null} */ (null));
  const [done, setDone] = useState(/** @type {Job | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  if (!thing) return null;
  const run = async () => {
    setError(null);
    setDone(null);
    try {
      const assumed = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
      const started = await post("/try/jobs", { mailbox: thing.address, last: Number(last), assume: { mailbox: { ...assumed, address: thing.address } } });
      setJob(started.job_id);
    } catch (problem) {
      setError(problem);
    }
  };
  return html`
    <section class="stack" aria-labelledby="would-title">
      <h3 id="would-title">${t.admin.whatWould}</h3>
      <p class="quiet">${t.admin.whatWouldHint}</p>
      <div class="row bottom">
        <${Field} label=${t.admin.lastEmails}>${(/** @type {object} */ a) => html`<input ...${a} type="number" min="1" max="100" value=${last} onInput=${(/** @type {any} */ event) => setLast(event.target.value)} />`}<//>
        <button type="button" onClick=${run}>${t.admin.whatWouldRun}</button>
      </div>
      ${error ? refused(error) : null}
      ${job && html`<${JobProgress} key=${job} id=${job} title=${t.admin.whatWould} onEnd=${setDone} onClose=${() => { setJob(null); setDone(null); }} />`}
      ${done?.changes && differences(done.changes)}
    </section>`;
}

/** @param {NonNullable<Job["changes"]>} changes */
function differences(changes) {
  const same = (/** @type {NonNullable<Job["changes"]>[number]} */ one) => one.before.outcome === one.after.outcome && one.before.reason === one.after.reason;
  const other = changes.filter((one) => !same(one));
  const equal = changes.length - other.length;
  if (!changes.length) return html`<p>${t.admin.noLastEmails}</p>`;
  return html`
    <p>${equal > 0 && t.admin.sameOutcome(equal)} ${other.length > 0 ? t.admin.otherOutcome(other.length) : t.admin.noDifference}</p>
    ${other.length > 0 && html`
      <div class="scroll" tabindex="0" role="region" aria-label=${t.admin.whatWould}>
        <table><thead><tr><th>${t.admin.email}</th><th>${t.admin.before}</th><th>${t.admin.after}</th></tr></thead>
          <tbody>${other.map((one) => html`<tr key=${one.id}><td class="mono">${one.id}</td><td>${stateOf(one.before)}</td><td>${stateOf(one.after)}</td></tr>`)}</tbody></table>
      </div>`}`;
}
