/** An entry that belongs elsewhere: to another case, or to a new one. */
import { ApiError, all, path, post } from "../../api.js";
import { CaseWindow } from "../../elements/case_window.js";
import { Dialog } from "../../elements/dialog.js";
import { Field } from "../../elements/field.js";
import { useLoad } from "../../elements/load.js";
import { Choices, refused } from "../../elements/states.js";
import { toast } from "../../elements/toast.js";
import { go, link } from "../../shell/address.js";
import { t } from "../../texts.js";
import { html, useState } from "../../vendor/ui.js";

/** @typedef {import("../case/shapes.js").Case} Case */
/** @typedef {import("../case/shapes.js").Entry} Entry */
/** @typedef {{one: Case, entry: Entry, onChanged: () => void, onClose: () => void}} Props */

/** @param {Props} props */
export function MoveWindow({ one, entry, onChanged, onClose }) {
  const move = async (/** @type {Case} */ target) => {
    await post(path`/cases/${one.case_id}/emails/${entry.email_id}/move`, { case_id: target.case_id });
    onChanged();
    onClose();
    toast(t.agent.movedTo(target.number), { action: { label: t.agent.openCase, run: () => go(link(["cases", target.case_id])) } });
  };
  return html`<${CaseWindow} title=${t.agent.moveEmail} text=${t.agent.moveText} label=${t.agent.intoCase} hint=${t.agent.caseHint} action=${t.agent.moveIt} without=${one.case_id} act=${move} onClose=${onClose} />`;
}

/** @param {Props} props */
export function SplitWindow({ one, entry, onChanged, onClose }) {
  const topics = useLoad(() => all("/topics"), []);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const wrong = error instanceof ApiError ? error : null;
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    try {
      const made = await post(path`/cases/${one.case_id}/emails/${entry.email_id}/split`, { subject: data.get("case-subject"), topic: data.get("topic") || one.topic });
      onChanged();
      onClose();
      toast(t.agent.splitInto(made.number));
      go(link(["cases", made.case_id]));
    } catch (problem) {
      setError(problem);
    }
  };
  const names = (topics.data ?? []).map((/** @type {{name: string}} */ each) => each.name);
  return html`
    <${Dialog} title=${t.agent.splitEmail} onClose=${onClose}>
      <form onSubmit=${submit}>
        ${error && !wrong?.errors.length && refused(error)}
        <p>${t.agent.splitText}</p>
        <${Field} label=${t.agent.caseSubject} error=${wrong?.of("subject")}>${(/** @type {object} */ a) => html`<input ...${a} name="case-subject" required maxlength="998" defaultValue=${entry.subject || one.subject} />`}<//>
        <${Choices} of=${topics} />
        <${Field} label=${t.agent.topic} error=${wrong?.of("topic")}>${(/** @type {object} */ a) => html`<select ...${a} name="topic">${[...new Set([one.topic, ...names])].map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select>`}<//>
        <footer><button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary">${t.agent.splitIt}</button></footer>
      </form>
    <//>`;
}
