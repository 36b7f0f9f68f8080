/** What lies over the page when the session has ended. The page behind stays, so that nothing that was written is lost. */
import { sessionEnded, signIn } from "../signin.js";
import { t } from "../texts.js";
import { html, useEffect, useRef } from "../vendor/ui.js";

export function Ended() {
  return sessionEnded.value ? html`<${Window} />` : null;
}

function Window() {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => { ref.current?.showModal(); }, []);
  return html`
    <dialog ref=${ref} aria-labelledby="ended" onCancel=${(/** @type {Event} */ event) => event.preventDefault()}>
      <header><h2 id="ended">${t.common.sessionEnded}</h2></header>
      <div class="inside"><p>${t.common.sessionEndedText}</p><footer><button class="primary" onClick=${() => signIn()}>${t.common.signIn}</button></footer></div>
    </dialog>`;
}
