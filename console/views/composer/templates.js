/** Templates and the signature: what the page inserts into a message. The server adds nothing to what is sent. */
import { all, path, post, request } from "../../api.js";
import { Dialog } from "../../elements/dialog.js";
import { Field } from "../../elements/field.js";
import { useLoad } from "../../elements/load.js";
import { Empty, Failed, Loading, refused } from "../../elements/states.js";
import { toast } from "../../elements/toast.js";
import { me } from "../../shell/me.js";
import { t } from "../../texts.js";
import { html, useState } from "../../vendor/ui.js";
import { textToHtml } from "./plain_html.js";

/** @typedef {{id: string, name: string, language: string | null, subject: string | null, text: string | null, html: string | null}} Template */
/** @typedef {{subject: string | null, text: string | null, html: string | null, missing: string[]}} Preview */

/** @param {{caseId: string, insert: (preview: Preview) => void, onClose: () => void}} props */
export function TemplateWindow({ caseId, insert, onClose }) {
  const { data, error, again } = useLoad(() => all("/templates"), []);
  const [words, setWords] = useState("");
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  const mine = (data ?? []).filter((/** @type {Template} */ one) => !one.id.startsWith("system.") && `${one.name} ${one.subject ?? ""}`.toLowerCase().includes(words.toLowerCase()));
  const use = async (/** @type {Template} */ one) => {
    try {
      insert(await post(path`/templates/${one.id}/preview`, { case_id: caseId }));
      onClose();
    } catch (failed) {
      setProblem(failed);
    }
  };
  return html`
    <${Dialog} title=${t.agent.insertTemplate} onClose=${onClose}>
      <div class="inside">
        ${(error || problem) && html`<${Failed} error=${error || problem} again=${() => { setProblem(null); again(); }} />`}
        ${!data && !error && html`<${Loading} rows=${4} />`}
        ${data && data.length > 8 && html`<input type="search" aria-label=${t.agent.findTemplate} placeholder=${t.agent.findTemplate} value=${words} onInput=${(/** @type {any} */ event) => setWords(event.target.value)} />`}
        ${data && mine.length === 0 && html`<${Empty} text=${t.agent.noTemplates} />`}
        <ul class="choices">${mine.map((/** @type {Template} */ one) => html`<li key=${one.id}><button type="button" onClick=${() => void use(one)}><b>${one.name}</b>${one.language && html` <span class="tag">${one.language}</span>`}<span class="quiet">${one.subject || (one.text ?? "").slice(0, 120)}</span></button></li>`)}</ul>
      </div>
    <//>`;
}

/** @param {{onClose: () => void}} props */
export function SignatureWindow({ onClose }) {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    const text = String(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get("signature"));
    const signature = { text, html: text ? textToHtml(text) : null };
    try {
      await request("PUT", "/me/signature", { body: signature });
      if (me.value) me.value = { ...me.value, signature };
      toast(t.agent.signatureSaved);
      onClose();
    } catch (problem) {
      setError(problem);
    }
  };
  return html`
    <${Dialog} title=${t.agent.signature} onClose=${onClose}>
      <form onSubmit=${submit}>
        ${error && refused(error)}
        <${Field} label=${t.agent.signatureLabel} hint=${t.agent.signatureHint}>${(/** @type {object} */ a) => html`<textarea ...${a} name="signature" rows="5" maxlength="10000" defaultValue=${me.value?.signature?.text ?? ""}></textarea>`}<//>
        <footer><button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary">${t.common.save}</button></footer>
      </form>
    <//>`;
}
