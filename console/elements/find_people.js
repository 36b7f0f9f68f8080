/** Fields that find a case or an employee. */
import { get } from "../api.js";
import { t } from "../texts.js";
import { html } from "../vendor/ui.js";
import { Picker } from "./picker.js";

const SHOWN = 8;

/** @typedef {import("../views/case/shapes.js").Case} Case */
/** @typedef {{user_id: string, name: string, emails: string[], population?: string | null, blocked?: boolean}} Employee */

/** Employees by user id, address or beginnings of words of the name. @param {string} q @param {AbortSignal} abort @returns {Promise<Employee[]>} */
export async function employeesLike(q, abort) {
  return (await get("/employees", { q, limit: SHOWN }, abort)).items;
}

/** @param {{label: string, hint?: string | null, error?: string | null, autofocus?: boolean, onPick: (employee: Employee | null) => void}} props */
export function EmployeePicker(props) {
  return html`
    <${Picker} ...${props} find=${employeesLike} keyOf=${(/** @type {Employee} */ one) => one.user_id} nameOf=${(/** @type {Employee} */ one) => `${one.name} (${one.user_id})`}
      show=${(/** @type {Employee} */ one) => html`<b>${one.name || one.user_id}</b> <span class="quiet mono">${one.user_id}</span> <span class="quiet">${one.emails[0] ?? ""}</span>`} />`;
}

/** @param {{label: string, hint?: string | null, error?: string | null, autofocus?: boolean, without?: string, employee?: string | null, onPick: (one: Case | null) => void}} props without: a case that is not proposed; employee: only their cases */
export function CasePicker({ without, employee = null, ...props }) {
  const find = async (/** @type {string} */ q, /** @type {AbortSignal} */ abort) => {
    const { items } = await get("/cases", { q, employee, limit: SHOWN + 1 }, abort);
    return items.filter((/** @type {Case} */ one) => one.case_id !== without).slice(0, SHOWN);
  };
  return html`
    <${Picker} ...${props} find=${find} keyOf=${(/** @type {Case} */ one) => one.case_id} nameOf=${(/** @type {Case} */ one) => `${one.number} ${one.subject}`}
      show=${(/** @type {Case} */ one) => html`<span class="mono">${one.number}</span> <b>${one.subject}</b> <span class="quiet">${one.employee?.name ?? ""} · ${one.status === "closed" ? t.common.closedCase : t.common.openCase}</span>`} />`;
}
