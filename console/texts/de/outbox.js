/** German texts of the local outbox. */

/** @type {import("../../texts.js").Texts["outbox"]} */
export default {
  title: "Postausgang",
  intro: "Jede E-Mail, die dieser Rechner verschickt hat, so wie ihre Empfänger sie sehen. Nichts verlässt den Rechner.",
  none: "Noch wurde nichts verschickt. Senden Sie eine E-Mail aus einem Fall, dann erscheint sie hier.",
  pick: "Wählen Sie eine E-Mail, um sie wie ihr Empfänger zu sehen.",
  back: "Zurück zum Postausgang",
  from: "Von",
  to: "An",
  cc: "Cc",
  subject: "Betreff",
  sent: "Gesendet",
  noSubject: "(kein Betreff)",
  attachments: "Anhänge",
  seenBy: "Gesehen von",
  reply: "Als Empfänger antworten",
  replyTo: (name) => `Als ${name} antworten`,
  message: "Antwort des Empfängers",
  send: "Diese Antwort senden",
  forged: "Ohne bestätigten Absender (wie eine gefälschte Antwort)",
  sentReply: "Die Antwort ist unterwegs, über SMTP. Sie erscheint in wenigen Sekunden in ihrem Fall.",
  original: "Quelltext zeigen",
  list: "Gesendete E-Mails, neueste zuerst",
};
