/** The local outbox: each sent email, as its recipients see it. */
import { useTitle } from "../shell/title.js";
import { t } from "../texts.js";
import { html } from "../vendor/ui.js";

export default function Outbox() {
  useTitle(t.outbox.title);
  return html`<h1>${t.outbox.title}</h1><p>${t.outbox.intro}</p>`;
}
