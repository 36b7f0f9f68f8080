/** A window that asks for another case, and does something with it: merge, move, assign. */
import { ApiError } from "../api.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";
import { Dialog } from "./dialog.js";
import { CasePicker } from "./find_people.js";
import { refused } from "./states.js";

/** @typedef {import("./find_people.js").Case} Case */

/**
 * @param {{title: string, text?: string | null, label: string, hint: string, missing?: string, action: string, without?: string, employee?: string | null, act: (target: Case) => Promise<void>, onClose: () => void}} props
 *   missing: what is said when no case was chosen; without, employee: as of CasePicker; act: raises what the API refuses
 */
export function CaseWindow({ title, text = null, label, hint, missing = t.common.required, action, without, employee, act, onClose }) {
  const [target, setTarget] = useState(/** @type {Case | null} */ (null));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setTried(true);
    if (!target) return;
    setBusy(true);
    try {
      await act(target);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const wrong = error instanceof ApiError ? error.of("case_id") ?? error.of("into") : null;
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <form onSubmit=${submit}>
        ${error && !wrong ? refused(error) : null}
        ${text && html`<p>${text}</p>`}
        <${CasePicker} label=${label} hint=${hint} without=${without} employee=${employee} error=${tried && !target ? missing : wrong} onPick=${setTarget} autofocus />
        <footer><button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary" disabled=${busy}>${action}</button></footer>
      </form>
    <//>`;
}
