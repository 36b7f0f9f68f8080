/**
 * What the API answers about cases (openapi.json), as types. Fields that a release before this one does not send are optional.
 *
 * @typedef {{user_id: string, name: string, email: string | null}} Person
 * @typedef {{user: string, name: string | null}} Agent
 * @typedef {{name: string | null, address: string}} Address
 *
 * @typedef {object} Case
 * @property {string} case_id
 * @property {string} number
 * @property {"open" | "closed"} status
 * @property {string} subject
 * @property {string} issue
 * @property {string} topic
 * @property {string} service_group
 * @property {Person | null} employee
 * @property {Person | null} regarding
 * @property {boolean} show_to_employee
 * @property {string[]} flags
 * @property {string[]} [warnings] of its unread entries
 * @property {string[]} siblings
 * @property {string | null} [merged_into]
 * @property {string | null} mailbox
 * @property {Agent | null} [assignee]
 * @property {boolean} [unread]
 * @property {"agent" | "employee" | "nobody"} [waiting_on]
 * @property {string | null} [last_inbound_at]
 * @property {string | null} [last_outbound_at]
 * @property {string} created_at
 * @property {string} updated_at
 *
 * @typedef {"queued" | "sent" | "delayed" | "delivered" | "bounced" | "complained" | "suppressed" | "failed"} State
 * @typedef {{address: string, name: string | null, role: "to" | "cc" | "bcc" | "forwarded", state: State, detail: string | null, at: string | null}} Recipient
 * @typedef {{n: number, filename: string, content_type: string, size: number, inline: boolean, content_id: string | null}} Attachment
 * @typedef {{how: string, certainty: string}} MatchedBy
 *
 * @typedef {object} Entry
 * @property {string} email_id
 * @property {"inbound" | "outbound" | "internal"} direction
 * @property {"normal" | "automatic_reply" | "delivery_report" | "acknowledgement" | "note"} kind
 * @property {Agent | null} [author]
 * @property {Address | null} from
 * @property {Address[]} reply_to
 * @property {Address[]} to
 * @property {Address[]} cc
 * @property {Address[]} [bcc]
 * @property {string} subject
 * @property {string} at
 * @property {string} preview
 * @property {Attachment[]} attachments
 * @property {Recipient[]} [recipients]
 * @property {string[]} warnings
 * @property {MatchedBy | null} matched_by
 *
 * @typedef {object} Rest
 * @property {string | null} text
 * @property {string | null} visible what was written in this email
 * @property {string | null} quoted
 * @property {string | null} html
 * @property {[string, string][]} headers
 * @property {import("../../elements/trace.js").TraceRow[]} trace
 * @property {string | null} in_reply_to
 * @typedef {Entry & Rest} WholeEntry
 */

/** How a person is called in a sentence. @param {Address | null | undefined} address @returns {string} */
export function nameOf(address) {
  return address?.name || address?.address || "";
}

/** Who wrote an entry. @param {Entry} entry @returns {string} */
export function writerOf(entry) {
  return entry.author?.name || entry.author?.user || nameOf(entry.from);
}
