/** One unprocessed email: what it is, why it made no case, what to do, and what the admin does. */
import { ApiError, get, path, post, request } from "../api.js";
import { When, day, exact } from "../elements/dates.js";
import { Dialog, confirmed } from "../elements/dialog.js";
import { Field } from "../elements/field.js";
import { breakable, notice, size, tag } from "../elements/labels.js";
import { useLoad } from "../elements/load.js";
import { MailFrame } from "../elements/mail_frame.js";
import { Empty, Failed, Loading, refused } from "../elements/states.js";
import { toast, toastError } from "../elements/toast.js";
import { traceList } from "../elements/trace.js";
import { explained } from "../said.js";
import { go, link } from "../shell/address.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";
import { AssignToCase, MakeCase } from "./assign.js";
import { closest } from "./closest.js";
import { personWords, reasonWord } from "./codes.js";
import { stateOf } from "./job_progress.js";

/**
 * @typedef {import("./queue.js").Item & {trace: import("../elements/trace.js").TraceRow[], text: string | null, html: string | null,
 *   attachments: {n: number, filename: string, content_type: string, size: number}[], original: {url: string} | null}} Whole
 * @typedef {{before: import("./job_progress.js").EmailState, after: import("./job_progress.js").EmailState, at: string}} Retried
 */

/** @param {{id: string, changed: () => void, back: string}} props changed: the queue is not the same any more */
export function UnprocessedEmail({ id, changed, back }) {
  const { data, error, again } = useLoad((abort) => get(path`/unprocessed/${id}`, {}, abort), [id]);
  const [retried, setRetried] = useState(/** @type {Retried | null} */ (null));
  const email = /** @type {Whole | null} */ (data);
  const gone = (error instanceof ApiError && error.status === 404) || (retried !== null && retried.after.outcome !== "unprocessed");
  const stays = () => {
    again();
    changed();
  };
  const decided = (/** @type {Retried} */ result) => {
    setRetried(result);
    if (result.after.outcome === "unprocessed") again();
    changed();
  };
  return html`
    <article class="panel" id="email" aria-labelledby="email-title">
      <header><a class="button only-narrow" href=${back}>${t.admin.backToQueue}</a><h2 id="email-title">${email ? email.subject || t.admin.noSubject : t.admin.theEmail}</h2>
        ${email && tag(reasonWord(email.reason), gone ? "" : "bad")}</header>
      ${!email && !error && html`<${Loading} />`}
      ${error && !gone ? html`<div class="inside"><${Failed} error=${error} again=${again} /></div>` : null}
      ${gone && !email && html`<${Empty} text=${t.admin.gone}><p><a class="button" href=${back}>${t.admin.backToQueue}</a></p><//>`}
      ${email && html`<div class="inside">
        ${facts(email)}
        ${!gone && html`<div class="notice"><p><b>${explained(email).explanation}</b> ${explained(email).advice}</p></div>`}
        ${email.held && !gone && notice(t.admin.heldNote(email.held.why, exact(email.held.at)), "warn")}
        ${!gone && html`<${Actions} email=${email} changed=${changed} stays=${stays} back=${back} decided=${decided} />`}
        ${retried && resultOf(retried)}
        ${whole(email)}
      </div>`}
    </article>`;
}

/** @param {Whole} email */
function facts(email) {
  return html`
    <dl class="facts">
      <dt>${t.admin.from}</dt><dd>${breakable(personWords(email.from))}</dd>
      <dt>${t.admin.to}</dt><dd>${email.to.map(personWords).join("; ") || email.mailbox || "–"}</dd>
      ${email.mailbox && html`<dt>${t.admin.mailbox}</dt><dd>${email.mailbox}</dd>`}
      <dt>${t.admin.channel}</dt><dd>${/** @type {Record<string, string>} */ (t.admin.channels)[email.channel] ?? email.channel}</dd>
      <dt>${t.admin.received}</dt><dd>${exact(email.received_at)}</dd>
      <dt>${t.admin.notified}</dt><dd>${email.notified_at ? html`<${When} at=${email.notified_at} />` : t.admin.notNotified}</dd>
      <dt>${t.admin.purged}</dt><dd>${email.held ? t.admin.purgedHeld : email.purge_after ? day(email.purge_after) : t.admin.purgedLater}</dd>
    </dl>`;
}

/** @param {{email: Whole, changed: () => void, stays: () => void, back: string, decided: (result: Retried) => void}} props */
function Actions({ email, changed, stays, back, decided }) {
  const [open, setOpen] = useState(/** @type {"assign" | "case" | "hold" | null} */ (null));
  const [busy, setBusy] = useState(false);
  const run = (/** @type {() => Promise<unknown>} */ act) => async () => {
    setBusy(true);
    try {
      await act();
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  const close = () => setOpen(null);
  const entered = (/** @type {string} */ caseId, /** @type {string} */ words) => {
    close();
    toast(words, { seconds: 12, action: { label: t.admin.openCase, run: () => go(link(["cases", caseId])) } });
    changed();
    go(back);
  };
  const retry = run(async () => {
    const result = await post(path`/unprocessed/${email.id}/retry`);
    decided({ ...result, at: new Date().toISOString() });
  });
  const release = run(async () => {
    await post(path`/unprocessed/${email.id}/release`);
    toast(t.admin.released);
    stays();
  });
  const discardNow = run(async () => {
    await request("DELETE", path`/unprocessed/${email.id}`);
    toast(t.admin.discarded);
    changed();
    go(back);
  });
  // A button that is switched off meanwhile could not get the focus back from the window.
  const discard = async () => {
    if (await confirmed({ title: t.admin.discardTitle, text: t.admin.discardText, action: t.admin.discard, danger: true })) await discardNow();
  };
  return html`
    <div class="row">
      <button class="primary" disabled=${busy} onClick=${retry}>${t.admin.retry}</button>
      <button onClick=${() => setOpen("assign")}>${t.admin.assignToCase}</button>
      <button onClick=${() => setOpen("case")}>${t.admin.makeCase}</button>
      ${email.held ? html`<button disabled=${busy} onClick=${release}>${t.admin.release}</button>` : html`<button onClick=${() => setOpen("hold")}>${t.admin.hold}</button>`}
      <a class="button" href=${link(["try"], { unprocessed: email.id })}>${t.admin.tryThis}</a>
      <button class="plain" disabled=${busy || Boolean(email.held)} onClick=${discard}>${t.admin.discard}</button>
    </div>
    ${open === "assign" && html`<${AssignToCase} id=${email.id} onClose=${close} done=${(/** @type {string} */ caseId) => entered(caseId, t.admin.assigned)} />`}
    ${open === "case" && html`<${MakeCase} id=${email.id} onClose=${close} done=${(/** @type {string} */ caseId) => entered(caseId, t.admin.madeCase)} />`}
    ${open === "hold" && html`<${Hold} id=${email.id} onClose=${close} done=${() => { close(); toast(t.admin.heldNow); stays(); }} />`}`;
}

/** @param {{id: string, onClose: () => void, done: () => void}} props */
function Hold({ id, onClose, done }) {
  const [why, setWhy] = useState("");
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await post(path`/unprocessed/${id}/hold`, { why: why.trim() });
      done();
    } catch (problem) {
      setError(problem);
    }
  };
  const said = error instanceof ApiError ? error.of("why") : null;
  return html`
    <${Dialog} title=${t.admin.holdTitle} onClose=${onClose}>
      <form onSubmit=${save}>
        ${error && !said ? refused(error) : null}
        <${Field} label=${t.admin.holdWhy} hint=${t.admin.holdHint} error=${said}>${(/** @type {object} */ a) => html`<input ...${a} required maxlength="500" value=${why} onInput=${(/** @type {any} */ event) => setWhy(event.target.value)} />`}<//>
        <footer><button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary">${t.admin.holdTitle}</button></footer>
      </form>
    <//>`;
}

/** @param {Retried} retried */
function resultOf(retried) {
  const same = retried.before.outcome === retried.after.outcome && retried.before.reason === retried.after.reason;
  return html`
    <div class="change" role="status" aria-label=${t.admin.retryResult}>
      <div><span class="quiet">${t.admin.before}</span>${stateOf(retried.before)}</div>
      <span class="quiet" aria-hidden="true">→</span>
      <div><span class="quiet">${t.common.at(t.admin.after, new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" }).format(new Date(retried.at)))}</span>${stateOf(retried.after)}</div>
    </div>
    ${same && html`<p>${t.admin.stayed}</p>`}`;
}

/** @param {Whole} email */
function whole(email) {
  return html`
    <section class="stack" aria-labelledby="trace-title"><h3 id="trace-title">${t.admin.whyNoCase}</h3>${traceList(email.trace, closest)}</section>
    <section class="stack" aria-labelledby="text-title">
      <h3 id="text-title">${t.admin.theEmail}</h3>
      ${email.html ? html`<${MailFrame} content=${email.html} from=${personWords(email.from)} />` : email.text?.trim() ? html`<pre class="mail-text">${email.text}</pre>` : html`<p class="quiet">${t.admin.noText}</p>`}
      ${email.attachments.length > 0 && html`
        <ul class="files" aria-label=${t.admin.attachments}>${email.attachments.map((one) => html`<li key=${one.n}><span class="icon clip" aria-hidden="true"></span>${one.filename} <span class="quiet">${size(one.size)}</span></li>`)}</ul>`}
      <p>${email.original ? html`<a class="button" href=${email.original.url} target="_blank" rel="noopener noreferrer">${t.admin.showOriginal}</a>` : html`<span class="quiet">${t.admin.noOriginal}</span>`}</p>
    </section>`;
}
