/** Words for the codes that the API uses. A code that a newer server has is shown as it is. */
import { t } from "../texts.js";

/** @param {Record<string, string>} words @param {string | null | undefined} code */
function word(words, code) {
  return code ? words[code] ?? code.replaceAll("_", " ") : "";
}

/** @param {string | null | undefined} code */
export const reasonWord = (code) => word(t.admin.reasons, code);

/** @param {string | null | undefined} code */
export const outcomeWord = (code) => word(t.admin.outcomes, code);

/** @param {string | null | undefined} code */
export const kindWord = (code) => word(t.admin.jobKinds, code);

/** @param {string | null | undefined} code */
export const stateWord = (code) => word(t.admin.jobStates, code);

/** @param {string | null | undefined} code */
export const actionWord = (code) => word(t.admin.auditActions, code);

/** The codes of all reasons. */
export const reasonCodes = () => Object.keys(t.admin.reasons);

/** "Anna Keller, anna@acme.example" @param {{name: string | null, address: string} | null} person @returns {string} */
export function personWords(person) {
  if (!person) return t.admin.nobody;
  return person.name ? `${person.name}, ${person.address}` : person.address;
}

/** "7K3F-92QD-X0" of a case id @param {string} id */
export function caseNumber(id) {
  return `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8)}`;
}
