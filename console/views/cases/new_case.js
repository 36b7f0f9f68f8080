/** A case that an agent makes, as after a telephone call. */
import { ApiError, all, post } from "../../api.js";
import { Dialog } from "../../elements/dialog.js";
import { Field } from "../../elements/field.js";
import { EmployeePicker } from "../../elements/find_people.js";
import { useLoad } from "../../elements/load.js";
import { Choices, refused } from "../../elements/states.js";
import { go, link } from "../../shell/address.js";
import { refreshCounts } from "../../shell/me.js";
import { t } from "../../texts.js";
import { html, useRef, useState } from "../../vendor/ui.js";

/** @param {{onClose: () => void}} props */
export function NewCase({ onClose }) {
  const [employee, setEmployee] = useState(/** @type {import("../../elements/find_people.js").Employee | null} */ (null));
  const [missing, setMissing] = useState(false);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  const key = useRef(crypto.randomUUID());
  const topics = useLoad(() => all("/topics"), []);
  const wrong = error instanceof ApiError ? error : null;
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (!employee) return setMissing(true);
    const data = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const body = { user_id: employee.user_id, subject: data.get("case-subject"), issue: data.get("issue"), topic: data.get("topic") || null, show_to_employee: data.get("show") === "on" };
    setBusy(true);
    try {
      const made = await post("/cases", body, { idempotencyKey: key.current });
      void refreshCounts();
      onClose();
      go(link(["cases", made.case_id]));
    } catch (problem) {
      key.current = crypto.randomUUID();
      setError(problem);
      setBusy(false);
    }
    return undefined;
  };
  return html`
    <${Dialog} title=${t.agent.newCase} onClose=${onClose}>
      <form onSubmit=${submit}>
        ${error && !wrong?.errors.length && refused(error)}
        <${EmployeePicker} label=${t.agent.employee} hint=${t.agent.employeeHint} error=${wrong?.of("user_id") ?? (missing && !employee ? t.common.required : null)} onPick=${setEmployee} autofocus />
        <${Field} label=${t.agent.caseSubject} error=${wrong?.of("subject")}>${(/** @type {object} */ a) => html`<input ...${a} name="case-subject" required maxlength="998" />`}<//>
        <${Field} label=${t.agent.issue} error=${wrong?.of("issue")}>${(/** @type {object} */ a) => html`<textarea ...${a} name="issue" required rows="5"></textarea>`}<//>
        <${Choices} of=${topics} />
        <${Field} label=${t.agent.topic} error=${wrong?.of("topic")}>${(/** @type {object} */ a) => html`<select ...${a} name="topic"><option value="">${t.agent.defaultTopic}</option>${(topics.data ?? []).map((one) => html`<option key=${one.name} value=${one.name}>${one.name}</option>`)}</select>`}<//>
        <label class="row"><input type="checkbox" name="show" /> ${t.agent.showToEmployee}</label>
        <footer><button type="button" onClick=${onClose}>${t.common.cancel}</button><button class="primary" disabled=${busy}>${t.agent.makeCase}</button></footer>
      </form>
    <//>`;
}
