/** The local outbox: each sent email as its recipients see it, and their replies. It exists on one machine only. */
import { get, path, post } from "../api.js";
import { Field } from "../elements/field.js";
import { When } from "../elements/dates.js";
import { size } from "../elements/labels.js";
import { useLoad, usePoll } from "../elements/load.js";
import { MailFrame } from "../elements/mail_frame.js";
import { Empty, Failed, Loading } from "../elements/states.js";
import { toast, toastError } from "../elements/toast.js";
import { link } from "../shell/address.js";
import { useTitle } from "../shell/title.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";

/**
 * @typedef {{id: string, from: string, to: string[], cc: string[], bcc: string[], subject: string, sent_at: string}} Sent
 * @typedef {{headers: [string, string][], text: string | null, html: string | null, attachments: {n: number, filename: string, content_type: string, size: number}[], can_reply: boolean}} Content
 */

const EVERY = 3000;

/** @param {import("../shell/pages.js").ViewProps} props */
export default function Outbox({ params }) {
  useTitle(t.outbox.title);
  const { data, error, again } = useLoad((abort) => get("/local/outbox", {}, abort), []);
  usePoll(again, EVERY);
  if (error && !data) return html`<${Failed} error=${error} again=${again} />`;
  if (!data) return html`<${Loading} />`;
  const items = /** @type {Sent[]} */ (data.items).toReversed();
  const chosen = items.find(({ id }) => id === params.id);
  return html`
    <div class="bar"><h1>${t.outbox.title}</h1><p class="quiet">${t.outbox.intro}</p></div>
    ${items.length === 0 ? html`<${Empty} text=${t.outbox.none} />` : html`
      <div class=${`split outbox ${chosen ? "open" : ""}`}>
        <section class="panel list" aria-label=${t.outbox.list}>
          <ul class="queue">${items.map((item) => row(item, item === chosen))}</ul>
        </section>
        ${chosen ? html`<${Email} key=${chosen.id} sent=${chosen} />` : html`<div class="panel beside"><${Empty} text=${t.outbox.pick} /></div>`}
      </div>`}`;
}

/** @param {Sent} sent @param {boolean} current */
function row(sent, current) {
  return html`
    <li key=${sent.id} aria-current=${current ? "true" : undefined}>
      <span class="icon out" aria-hidden="true"></span>
      <div><a href=${link(["outbox", sent.id])}>${sent.subject || t.outbox.noSubject}</a><span class="quiet">${everybody(sent).join(", ")}</span></div>
      <${When} at=${sent.sent_at} short />
    </li>`;
}

/** @param {Sent} sent */
function everybody(sent) {
  return [...sent.to, ...sent.cc, ...sent.bcc];
}

/** @param {{sent: Sent}} props */
function Email({ sent }) {
  const { data, error, again } = useLoad((abort) => get(path`/local/outbox/${sent.id}/content`, {}, abort), [sent.id]);
  if (error) return html`<${Failed} error=${error} again=${again} />`;
  if (!data) return html`<div class="panel"><${Loading} /></div>`;
  const content = /** @type {Content} */ (data);
  const from = content.headers.find(([name]) => name === "From")?.[1] ?? sent.from;
  return html`
    <article class="panel" aria-labelledby="sent-subject">
      <header><h2 id="sent-subject">${sent.subject || t.outbox.noSubject}</h2><a class="only-narrow" href=${link(["outbox"])}>${t.outbox.back}</a></header>
      <div class="inside">
        <dl class="facts">
          ${content.headers.filter(([name]) => name !== "Subject").map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}
          <dt>${t.outbox.seenBy}</dt><dd>${everybody(sent).join(", ")}</dd>
        </dl>
        ${content.html ? html`<div><${MailFrame} content=${content.html} from=${from} /></div>` : html`<pre class="plain-text">${content.text}</pre>`}
        ${content.attachments.length > 0 && html`
          <ul class="files" aria-label=${t.outbox.attachments}>
            ${content.attachments.map((one) => html`<li key=${one.n} class="icon clip"><a href=${path`/local/outbox/${sent.id}/attachments/${one.n}`} download=${one.filename}>${one.filename}</a> <span class="quiet">${size(one.size)}</span></li>`)}
          </ul>`}
        <p><a href=${path`/local/outbox/${sent.id}`} download=${`${sent.id}.eml`}>${t.outbox.original}</a></p>
        ${content.can_reply && html`<${Reply} sent=${sent} />`}
      </div>
    </article>`;
}

/** Replies in the name of a recipient; the reply comes in over SMTP. @param {{sent: Sent}} props */
function Reply({ sent }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [from, setFrom] = useState(everybody(sent)[0] ?? "");
  const [forged, setForged] = useState(false);
  const [busy, setBusy] = useState(false);
  if (!open) return html`<p><button class="primary" onClick=${() => setOpen(true)}>${t.outbox.reply}</button></p>`;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await post(path`/local/outbox/${sent.id}/reply`, { from, text, forged });
      toast(t.outbox.sentReply);
      setOpen(false);
      setText("");
    } catch (error) {
      toastError(error);
    }
    setBusy(false);
  };
  return html`
    <form class="stack" onSubmit=${submit} aria-label=${t.outbox.reply}>
      <${Field} label=${t.outbox.from}>${(/** @type {object} */ a) => html`
        <select ...${a} value=${from} onChange=${(/** @type {any} */ event) => setFrom(event.target.value)}>${everybody(sent).map((address) => html`<option key=${address}>${address}</option>`)}</select>`}<//>
      <${Field} label=${t.outbox.message}>${(/** @type {object} */ a) => html`<textarea ...${a} rows="6" required value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)}></textarea>`}<//>
      <label class="row"><input type="checkbox" checked=${forged} onChange=${(/** @type {any} */ event) => setForged(event.target.checked)} /> ${t.outbox.forged}</label>
      <div class="row"><button class="primary" disabled=${busy}>${t.outbox.send}</button><button type="button" class="plain" onClick=${() => setOpen(false)}>${t.common.cancel}</button></div>
    </form>`;
}
