/** The original of an email: its headers, its source, and the file to download. */
import { path } from "../../api.js";
import { Dialog } from "../../elements/dialog.js";
import { inWords } from "../../elements/states.js";
import { t } from "../../texts.js";
import { html, useState } from "../../vendor/ui.js";
import { fetchFile, signedLink } from "./attachments.js";

/** The most of a source that is shown; the download is whole. */
const SHOWN = 200_000;

/** @param {{caseId: string, entry: import("../case/shapes.js").WholeEntry, onClose: () => void}} props */
export function OriginalWindow({ caseId, entry, onClose }) {
  const [source, setSource] = useState(/** @type {string | null} */ (null));
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const where = path`/cases/${caseId}/emails/${entry.email_id}/original`;
  const show = async () => {
    setError(null);
    try {
      const url = await signedLink(where, entry);
      if (!url) return;
      const answer = await fetch(url, { referrerPolicy: "no-referrer" });
      if (!answer.ok) throw new Error(String(answer.status));
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const text = new TextDecoder().decode(bytes.slice(0, SHOWN));
      setSource(bytes.length > SHOWN ? `${text}\n[...]` : text);
    } catch (problem) {
      setError(inWords(problem));
    }
  };
  return html`
    <${Dialog} title=${t.agent.original} wide onClose=${onClose}>
      <div class="inside">
        <p class="row">
          <button onClick=${() => void fetchFile(where, entry, `${entry.email_id}.eml`)}>${t.agent.downloadOriginal}</button>
          ${source === null && html`<button onClick=${() => void show()}>${t.agent.showSource}</button>`}
        </p>
        ${error && html`<p class="notice bad icon alert" role="alert"><span>${error}</span></p>`}
        ${source !== null && html`<section aria-label=${t.agent.source}><h3>${t.agent.source}</h3><pre class="source mono" tabindex="0">${source}</pre></section>`}
        <section aria-label=${t.agent.headers}>
          <h3>${t.agent.headers}</h3>
          ${entry.headers.length ? html`<dl class="headers mono">${entry.headers.map(([name, value], i) => html`<dt key=${`n${i}`}>${name}</dt><dd key=${`v${i}`}>${value}</dd>`)}</dl>` : html`<p class="quiet">${t.agent.noHeaders}</p>`}
        </section>
      </div>
    <//>`;
}
