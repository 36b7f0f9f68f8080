/** The progress of a job: a retry, a discard, an import, an erasure or a try of many emails. */
import { ApiError, get, path } from "../api.js";
import { announce } from "../elements/live.js";
import { tag } from "../elements/labels.js";
import { Failed, Loading } from "../elements/states.js";
import { said } from "../said.js";
import { link } from "../shell/address.js";
import { t } from "../texts.js";
import { html, useEffect, useRef, useState } from "../vendor/ui.js";
import { caseNumber, kindWord, outcomeWord, reasonWord, stateWord } from "./codes.js";

/**
 * @typedef {{outcome: string, reason: string | null, case_id?: string | null}} EmailState
 * @typedef {{job_id: string, kind: string, state: "waiting" | "running" | "done" | "failed", message: string | null, total: number | null, done: number,
 *   outcomes: Record<string, number>, rejected: {id?: string | null, line?: number, message: string}[], by: string, started_at: string, finished_at: string | null,
 *   changes: {id: string, before: EmailState, after: EmailState}[] | null}} Job
 */

/** @param {Job | null} job */
export const ended = (job) => job?.state === "done" || job?.state === "failed";

/**
 * Asks for a job until it has ended: each second at first, then less often.
 * @param {string | null} id
 * @param {(job: Job) => void} [atEnd]
 */
export function useJob(id, atEnd) {
  const [job, setJob] = useState(/** @type {Job | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [round, setRound] = useState(0);
  const latest = useRef(atEnd);
  latest.current = atEnd;
  useEffect(() => {
    setJob(null);
    setError(null);
    if (!id) return undefined;
    const abort = new AbortController();
    let timer = 0, wait = 700;
    const ask = async () => {
      try {
        const found = /** @type {Job} */ (await get(path`/jobs/${id}`, {}, abort.signal));
        setJob(found);
        if (ended(found)) return latest.current?.(found);
        wait = Math.min(wait * 1.3, 5000);
        timer = setTimeout(ask, wait);
      } catch (problem) {
        if (!abort.signal.aborted) setError(problem);
      }
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [id, round]);
  return { job, error, again: () => setRound((n) => n + 1) };
}

/**
 * A job as a panel. It says its end to screen readers.
 * @param {{id: string, onEnd?: (job: Job) => void, onClose?: () => void, title?: string}} props
 */
export function JobProgress({ id, onEnd, onClose, title }) {
  const { job, error, again } = useJob(id, (found) => {
    announce(`${kindWord(found.kind)}: ${stateWord(found.state)}`);
    onEnd?.(found);
  });
  return html`
    <section class="panel job" aria-label=${title ?? t.admin.job}>
      <header><h2>${title ?? (job ? kindWord(job.kind) : t.admin.job)}</h2>
        ${job && tag(stateWord(job.state), job.state === "done" ? "good" : job.state === "failed" ? "bad" : "turn")}
        ${onClose && html`<button class="icon-only stop end" aria-label=${t.common.dismiss} onClick=${onClose}></button>`}
      </header>
      <div class="inside">
        ${error ? (error instanceof ApiError && error.status === 404 ? html`<p>${t.admin.jobGone}</p>` : html`<${Failed} error=${error} again=${again} />`) : null}
        ${!job && !error && html`<${Loading} rows=${1} />`}
        ${job && jobBody(job)}
      </div>
    </section>`;
}

/** @param {Job} job */
export function jobBody(job) {
  const words = t.admin.jobProgress(job.done, job.total);
  const outcomes = Object.entries(job.outcomes).filter(([, n]) => n > 0);
  return html`
    <div class="row"><progress aria-label=${kindWord(job.kind)} value=${ended(job) ? 1 : job.total ? job.done : undefined} max=${ended(job) ? 1 : job.total ?? 1}></progress><span>${words}</span></div>
    ${job.message && html`<p class="notice bad icon alert"><span>${said(job.message)}</span></p>`}
    ${outcomes.length > 0 && html`<ul class="row">${outcomes.map(([name, n]) => html`<li key=${name}>${tag(t.admin.jobOutcome(outcomeWord(name) || name, n), name === "rejected" ? "warn" : "")}</li>`)}</ul>`}
    ${job.rejected.length > 0 && rejectedList(job)}`;
}

/** @param {Job} job */
function rejectedList(job) {
  const all = job.outcomes.rejected ?? job.rejected.length;
  return html`
    <details open=${job.rejected.length <= 20}>
      <summary>${t.admin.notDone} (${all.toLocaleString()})</summary>
      <ul class="rejected">
        ${job.rejected.map((one, i) => html`<li key=${i}><b>${one.line ? t.admin.line(one.line) : one.id ? html`<a class="mono" href=${link(["unprocessed", one.id])}>${one.id}</a>` : "–"}</b> <span>${said(one.message)}</span></li>`)}
      </ul>
      ${all > job.rejected.length && html`<p class="quiet">${t.admin.firstRejected(job.rejected.length)}</p>`}
    </details>`;
}

/** What an email is: an outcome, its reason, its case. @param {EmailState} state */
export function stateOf(state) {
  const tone = state.outcome === "unprocessed" ? "bad" : state.outcome === "duplicate" ? "" : "good";
  return html`
    <span class="row">${tag(outcomeWord(state.outcome), tone)}
      ${state.reason && html`<span>${reasonWord(state.reason)}</span>`}
      ${state.case_id && state.outcome !== "unprocessed" && html`<a class="mono" href=${link(["cases", state.case_id])}>${caseNumber(state.case_id)}</a>`}
    </span>`;
}
