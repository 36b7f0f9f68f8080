/** The answer of `POST /try` in words. */
import { tag } from "../elements/labels.js";
import { traceList } from "../elements/trace.js";
import { said, saidAll, wouldBecome } from "../said.js";
import { link } from "../shell/address.js";
import { t } from "../texts.js";
import { html } from "../vendor/ui.js";
import { closest } from "./closest.js";
import { reasonWord } from "./codes.js";

/**
 * @typedef {{outcome: "case" | "entry" | "delivery_report" | "unprocessed" | "duplicate", reason: string | null, explanation: string, case: any,
 *   values: {line: number | null, text: string, taken: boolean, why: string}[], trace: import("../elements/trace.js").TraceRow[],
 *   envelope: {to: string | null, arrived_as: string | null, spf: string, dkim: string, dmarc: string, aligned: boolean, diagnosis: string}}} Trial
 */

/** @param {string} flag @returns {string} */
const flagName = (flag) => /** @type {Record<string, string>} */ (t.agent.flagNames)[flag] ?? flag.replaceAll("_", " ");

/** What would become of an email, and what was read from it. @param {Trial} trial */
export function trialResult(trial) {
  const made = trial.case;
  const exists = trial.outcome === "entry" || trial.outcome === "duplicate";
  return html`
    <header><h2>${t.admin.wouldBe[trial.outcome]}</h2>${trial.reason && html`<span class="end">${tag(reasonWord(trial.reason), "bad")}</span>`}</header>
    <div class="inside">
      <p>${wouldBecome(trial)}</p>
      ${made && exists && html`<p><a class="mono" href=${link(["cases", made.case_id])}>${made.number}</a></p>`}
      ${made && html`
        <section class="stack" aria-labelledby="read-title"><h3 id="read-title">${t.admin.wasRead}</h3>
          <dl class="facts">
            <dt>${t.admin.subject}</dt><dd>${made.subject}</dd>
            <dt>${t.admin.employee}</dt><dd>${made.employee ? [made.employee.name, made.employee.user_id, made.employee.email].filter(Boolean).join(", ") : t.admin.none}</dd>
            <dt>${t.admin.topic}</dt><dd>${made.topic}</dd>
            <dt>${t.admin.serviceGroup}</dt><dd>${made.service_group}</dd>
            <dt>${t.admin.showToEmployee}</dt><dd>${made.show_to_employee ? t.admin.yes : t.admin.no}</dd>
            ${made.regarding && html`<dt>${t.admin.regarding}</dt><dd>${[made.regarding.name, made.regarding.user_id].filter(Boolean).join(", ")}</dd>`}
            ${made.flags?.length > 0 && html`<dt>${t.admin.flags}</dt><dd>${made.flags.map(flagName).join(", ")}</dd>`}
          </dl>
          ${made.issue && html`<blockquote class="mail-text">${made.issue}</blockquote>`}
        </section>`}
      ${trial.values.length > 0 && html`
        <section class="stack" aria-labelledby="values-title"><h3 id="values-title">${t.admin.theValues}</h3>
          <ul class="values">${trial.values.map((one, i) => html`<li key=${i}><code class="mono">${one.text}</code> ${tag(one.taken ? t.admin.taken : t.admin.notTaken, one.taken ? "good" : "warn")} <span>${said(one.why)}</span></li>`)}</ul></section>`}
      <section class="stack" aria-labelledby="envelope-title"><h3 id="envelope-title">${t.admin.envelope}</h3>
        <p>${saidAll(trial.envelope.diagnosis)}</p>
        <dl class="facts">
          <dt>${t.admin.to}</dt><dd>${trial.envelope.to ?? t.admin.notKnown}</dd>
          <dt>${t.admin.arrivedAs}</dt><dd>${trial.envelope.arrived_as ?? t.admin.notKnown}</dd>
          <dt>SPF, DKIM, DMARC</dt><dd>${[trial.envelope.spf, trial.envelope.dkim, trial.envelope.dmarc].join(", ")}</dd>
          <dt>${t.admin.aligned}</dt><dd>${trial.envelope.aligned ? t.admin.yes : t.admin.no}</dd>
        </dl>
      </section>
      <section class="stack" aria-labelledby="trial-trace"><h3 id="trial-trace">${t.common.trace}</h3>${traceList(trial.trace, closest, trial.outcome !== "unprocessed")}</section>
    </div>`;
}
