/** What an email by a template says, with the values of a case or without. */
import { path, post } from "../api.js";
import { Field } from "../elements/field.js";
import { notice } from "../elements/labels.js";
import { MailFrame } from "../elements/mail_frame.js";
import { refused } from "../elements/states.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";

const MERGE_FIELDS = ["case.number", "case.subject", "case.topic", "employee.name", "agent.name", "mailbox.address"];

/** @param {{thing: Record<string, any> | null}} props */
export function TemplatePreview({ thing }) {
  const [number, setNumber] = useState("");
  const [shown, setShown] = useState(/** @type {{subject: string | null, text: string | null, html: string | null, missing: string[]} | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const preview = async () => {
    setError(null);
    try {
      const id = number.replace(/[\s#-]/g, "");
      setShown(await post(path`/templates/${thing?.id}/preview`, id ? { case_id: id } : {}));
    } catch (problem) {
      setShown(null);
      setError(problem);
    }
  };
  return html`
    <section class="stack" aria-labelledby="fields-title">
      <h3 id="fields-title">${t.admin.mergeFields}</h3>
      <ul class="row">${MERGE_FIELDS.map((name) => html`<li key=${name}><code class="mono">{{ ${name} }}</code></li>`)}</ul>
    </section>
    ${thing && html`
      <section class="stack" aria-labelledby="preview-title">
        <h3 id="preview-title">${t.admin.preview}</h3>
        <p class="quiet">${t.admin.savedOnly}</p>
        <div class="row bottom"><${Field} label=${t.admin.previewCase}>${(/** @type {object} */ a) => html`<input ...${a} class="mono" value=${number} onInput=${(/** @type {any} */ event) => setNumber(event.target.value)} />`}<//>
          <button type="button" onClick=${preview}>${t.admin.preview}</button></div>
        ${error ? refused(error) : null}
        ${shown && html`
          <div class="stack" aria-live="polite">
            ${shown.missing.length > 0 && notice(t.admin.missingFields(shown.missing.join(", ")), "warn", "alert")}
            ${shown.subject !== null && html`<p><b>${shown.subject}</b></p>`}
            ${shown.html !== null ? html`<${MailFrame} content=${shown.html} from=${t.admin.preview} />` : shown.text !== null ? html`<pre class="mail-text">${shown.text}</pre>` : null}
          </div>`}
      </section>`}`;
}
