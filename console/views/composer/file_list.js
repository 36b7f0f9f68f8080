/** The files of an email that is being written, with their progress. */
import { size } from "../../elements/labels.js";
import { t } from "../../texts.js";
import { html } from "../../vendor/ui.js";

/** @param {ReturnType<typeof import("./files.js").useFiles>} files @param {boolean} plain */
export function fileList(files, plain) {
  const shown = files.files.filter((file) => !file.content_id || file.error || (file.share < 1 && !plain));
  if (!shown.length) return null;
  return html`
    <ul class="files" aria-label=${t.agent.attachments}>
      ${shown.map((file) => html`
        <li key=${file.id} class=${`icon clip ${file.error ? "failed" : ""}`}>
          <span>${file.filename}</span> <span class="quiet">${size(file.size)}</span>
          ${file.error ? html`<span class="error-text" role="alert">${file.error}</span>${file.blob && html`<button type="button" class="plain" onClick=${() => files.again(file.id)}>${t.common.tryAgain}</button>`}`
            : !file.upload_id && html`<progress value=${file.share} aria-label=${t.agent.uploading(file.filename)}></progress>`}
          <button type="button" class="plain icon-only stop" aria-label=${t.agent.removeFile(file.filename)} onClick=${() => files.remove(file.id)}></button>
        </li>`)}
    </ul>`;
}
