/** The sections of the configuration that are lists: their fields and how a row looks. */
import { When } from "../elements/dates.js";
import { notice, tag } from "../elements/labels.js";
import { t } from "../texts.js";
import { html } from "../vendor/ui.js";
import { configured } from "./collection.js";
import { TemplatePreview } from "./template_preview.js";
import { WhatWould } from "./what_would.js";

/** @typedef {import("./collection.js").Section} Section @typedef {[string, string][]} Choices */

const LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pt", "pl"];

/** @param {{name: string}[]} [topics] @returns {Choices} */
const topicChoices = (topics = []) => [["", t.admin.fromDeployment], ...topics.map(({ name }) => /** @type {[string, string]} */ ([name, name]))];

/** @param {{id: string, name: string}[]} [groups] @returns {Choices} */
const groupChoices = (groups = []) => [["", t.admin.defaultGroup], ...groups.map(({ id, name }) => /** @type {[string, string]} */ ([id, name]))];

/** @returns {Choices} */
function languageChoices() {
  const names = new Intl.DisplayNames(document.documentElement.lang || "en", { type: "language" });
  return [["", t.admin.fromDeployment], ...LANGUAGES.map((code) => /** @type {[string, string]} */ ([code, names.of(code) ?? code]))];
}

/** @returns {Section} */
export const mailboxes = () => ({
  section: "mailboxes", where: "/mailboxes", idField: "address", choices: configured,
  line: (one) => html`${one.receiving_address} · ${one.default_topic}`,
  side: (one) => (one.receiving ? probeTag(one.probe) ?? tag(t.admin.receiving, "good") : tag(t.admin.notReceiving, "warn")),
  blank: { identify_sender: "from_address" },
  rows: ({ topics }) => [
    { name: "address", label: t.admin.address, hint: t.admin.addressHint, type: "email", required: true },
    { name: "receiving_address", label: t.admin.receivingAddress, hint: t.admin.receivingAddressHint, type: "email", required: true },
    { name: "default_topic", label: t.admin.defaultTopic, type: "choice", choices: topicChoices(topics) },
    { name: "default_subject", label: t.admin.defaultSubject, type: "text" },
    { name: "identify_sender", label: t.admin.identifySender, type: "choice", choices: [["from_address", t.admin.identify.from_address], ["user_id_in_body", t.admin.identify.user_id_in_body]] },
    { name: "trusted_senders", label: t.admin.trustedSenders, hint: t.admin.trustedSendersHint, type: "lines" },
    { name: "variable_topic", label: t.admin.variableTopic, type: "check" },
    { name: "variable_show", label: t.admin.variableShow, type: "check" },
    { name: "trust_without_authentication", label: t.admin.trustWithout, hint: t.admin.trustWithoutHint, type: "check" },
    { name: "default_show", label: t.admin.defaultShow, type: "check" },
    { name: "acknowledge_sender", label: t.admin.acknowledge, type: "check" },
    { name: "language", label: t.admin.language, type: "choice", choices: languageChoices() },
    { name: "contact", label: t.admin.contact, hint: t.admin.contactHint, type: "text" },
  ],
  more: (props) => html`${props.thing && !props.thing.receiving && notice(t.admin.notReceivingHint, "warn", "alert")}<${WhatWould} ...${props} />`,
});

/** @returns {Section} */
export const mappings = () => ({
  section: "user-mappings", where: "/user-mappings", idField: "id", choices: configured,
  line: (one) => `${one.mailbox} · ${one.from ?? t.admin.anySender} → ${one.user_id}`,
  rows: ({ mailboxes: known = [] }) => [
    { name: "id", label: t.admin.id, hint: t.admin.idHint, type: "text", required: true },
    { name: "mailbox", label: t.admin.mailbox, type: "choice", choices: [["", "–"], ...known.map((/** @type {any} */ one) => [one.address, one.address])] },
    { name: "from", label: t.admin.senderAddress, hint: t.admin.senderAddressHint, type: "email" },
    { name: "user_id", label: t.admin.userId, type: "text", required: true },
  ],
});

/** @returns {Section} */
export const topics = () => ({
  section: "topics", where: "/topics", idField: "name", choices: configured,
  line: (one) => [one.service_group ?? t.admin.defaultGroup, ...Object.entries(one.by_population).map(([population, group]) => `${population}: ${group}`)].join(" · "),
  rows: ({ groups }) => [
    { name: "name", label: t.admin.name, type: "text", required: true },
    { name: "service_group", label: t.admin.serviceGroup, type: "choice", choices: groupChoices(groups) },
    { name: "by_population", label: t.admin.byPopulation, hint: t.admin.byPopulationHint, type: "pairs" },
  ],
});

/** @returns {Section} */
export const groups = () => ({
  section: "service-groups", where: "/service-groups", idField: "id",
  title: (one) => one.name,
  line: (one) => [one.id, one.address].filter(Boolean).join(" · "),
  side: (one) => (one.secured ? tag(t.admin.securedMark) : null),
  blank: { secured: true },
  rows: () => [
    { name: "id", label: t.admin.id, type: "text", required: true },
    { name: "name", label: t.admin.name, type: "text", required: true },
    { name: "address", label: t.admin.alertAddress, hint: t.admin.alertAddressHint, type: "email" },
    { name: "secured", label: t.admin.secured, type: "check" },
  ],
});

/** @returns {Section} */
export const templates = () => ({
  section: "templates", where: "/templates", idField: "id",
  title: (one) => one.name,
  line: (one) => [one.id, one.subject].filter(Boolean).join(" · "),
  side: (one) => (one.language ? tag(one.language) : null),
  rows: () => [
    { name: "id", label: t.admin.templateId, hint: t.admin.templateIdHint, type: "text", required: true, mono: true },
    { name: "name", label: t.admin.name, type: "text", required: true },
    { name: "language", label: t.admin.templateLanguage, type: "text" },
    { name: "subject", label: t.admin.subject, type: "text" },
    { name: "text", label: t.admin.text, type: "area", rows: 8 },
    { name: "html", label: t.admin.html, type: "area", rows: 6, mono: true },
  ],
  more: TemplatePreview,
});

/** Whether the redirect of a mailbox brings probes back. @param {{state: "ok" | "waiting" | "silent"} | null} probe */
export function probeTag(probe) {
  if (!probe) return null;
  return tag(t.admin.probeStates[probe.state], probe.state === "ok" ? "good" : probe.state === "silent" ? "bad" : "");
}

/** The sent and returned times of a probe. @param {any} probe */
export function probeTimes(probe) {
  return html`<td><${When} at=${probe.sent_at} /></td><td>${probe.returned_at ? html`<${When} at=${probe.returned_at} />` : "–"}</td><td>${probe.seconds === null ? "–" : t.common.seconds(probe.seconds)}</td>`;
}
