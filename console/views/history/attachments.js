/** The files of an entry: name, type, size, and a link that is made when it is asked for. */
import { get, path } from "../../api.js";
import { confirmed } from "../../elements/dialog.js";
import { size } from "../../elements/labels.js";
import { toastError } from "../../elements/toast.js";
import { t } from "../../texts.js";
import { html } from "../../vendor/ui.js";

/** @typedef {import("../case/shapes.js").Entry} Entry */

/** @param {string} caseId @param {Entry} entry */
export function attachmentList(caseId, entry) {
  const files = entry.attachments.filter((file) => !file.inline || !/^image\//.test(file.content_type));
  if (files.length === 0) return null;
  return html`
    <ul class="files" aria-label=${t.agent.attachments}>
      ${files.map((file) => html`
        <li key=${file.n} class="icon clip">
          <button class="link" aria-label=${t.agent.download(file.filename)} onClick=${() => void fetchFile(path`/cases/${caseId}/emails/${entry.email_id}/attachments/${file.n}`, entry, file.filename)}>${file.filename}</button>
          <span class="quiet">${kindOf(file)}, ${size(file.size)}</span>
        </li>`)}
    </ul>`;
}

/** "PDF" @param {import("../case/shapes.js").Attachment} file */
function kindOf(file) {
  const extension = /\.([A-Za-z0-9]{1,5})$/.exec(file.filename)?.[1];
  return extension ? extension.toUpperCase() : file.content_type.split("/").at(-1);
}

/** A signed link of a file of an entry; asks first if the email holds a virus. Null if the reader does not want it. @param {string} where @param {Entry} entry @returns {Promise<string | null>} */
export async function signedLink(where, entry) {
  const infected = entry.warnings.includes("virus");
  if (infected && !await confirmed({ title: t.agent.infectedTitle, text: t.agent.infectedText, action: t.agent.infectedAccept, danger: true })) return null;
  return (await get(where, infected ? { accept_risk: true } : {})).url;
}

/** Downloads a file. @param {string} where @param {Entry} entry @param {string} filename */
export async function fetchFile(where, entry, filename) {
  try {
    const url = await signedLink(where, entry);
    if (!url) return;
    const link = Object.assign(document.createElement("a"), { href: url, download: filename, rel: "noopener noreferrer" });
    document.body.append(link);
    link.click();
    link.remove();
  } catch (error) {
    toastError(error);
  }
}
