/** TryAnEmail. */
import { useTitle } from "../shell/title.js";
import { t } from "../texts.js";
import { html } from "../vendor/ui.js";

/** @param {import("../shell/pages.js").ViewProps} props */
export default function View({ params }) {
  useTitle(t.admin.tryAnEmail);
  return html`<h1>${t.admin.tryAnEmail}</h1><p class="mono">${JSON.stringify(params)}</p>`;
}
