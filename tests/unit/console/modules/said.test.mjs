/** What the API says, in the reader's language. */
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.localStorage = { getItem: () => "de" };
globalThis.document = { documentElement: {} };

const { loadTexts, t } = await import("../../../../console/texts.js");
await loadTexts();
const { explained, problemWords, said, saidAll, wouldBecome } = await import("../../../../console/said.js");

test("a sentence, with what the API put in", () => {
  assert.equal(said("It belongs to no case yet."), "Sie gehört noch zu keinem Fall.");
  assert.equal(said("The sender has already opened 20 cases in this hour."), "Der Absender hat in dieser Stunde schon 20 Fälle eröffnet.");
  assert.equal(said("The From address is not proven."), "Die Absenderadresse ist nicht bestätigt.");
});

test("the sentence with the most words of its own wins", () => {
  assert.equal(said("must be one of a, b"), "muss eines davon sein: a, b");
  assert.equal(said("user_id is empty."), "user_id ist leer.");
  assert.equal(said("The file is empty. Its first line must name the columns name."), "Die Datei ist leer. Ihre erste Zeile muss die Spalten nennen: name.");
});

test("a sentence within a sentence", () => {
  assert.equal(
    said("It carries this system's loop mark (X-Loop), as an agent's email does."),
    "Sie trägt das Schleifenzeichen dieses Systems (X-Loop), wie die E-Mail eines Agenten.",
  );
  assert.equal(said("The file has more than 9 addresses. Divide it. Nothing was changed."), "Die Datei hat mehr als 9 Adressen. Teilen Sie sie. Nichts wurde geändert.");
});

test("what has no translation stays as it is", () => {
  assert.equal(said("A sentence of a newer server."), "A sentence of a newer server.");
  assert.equal(said(""), "");
  assert.equal(said("constructor"), "constructor");
  assert.deepEqual(explained({ reason: "newer", explanation: "Why.", what_to_do: "Do." }), { explanation: "Why.", advice: "Do." });
  assert.equal(wouldBecome({ outcome: "newer", reason: null, explanation: "Why." }), "Why.");
});

test("several sentences, each by itself", () => {
  assert.equal(
    saidAll("To is a.b@acme.example, arrived as c@acme.example. DKIM survived the redirect. A newer one."),
    "Sie ging an a.b@acme.example und kam an als c@acme.example. Die DKIM-Signatur hat die Umleitung überstanden. A newer one.",
  );
});

test("a problem: its sentence, else its kind with the English sentence", () => {
  assert.equal(problemWords("conflict", "The email is being purged."), "Die E-Mail wird gerade gelöscht.");
  assert.equal(problemWords("conflict", "Something newer."), "Das geht im jetzigen Zustand nicht. (Something newer.)");
  assert.match(problemWords("try_again", "Another request was changing the same data, or AWS did not answer. Try again."), /noch einmal\.$/);
  assert.equal(problemWords("newer", "Something newer."), "Something newer.");
});

test("in English, the API's own words are shown", () => {
  const german = t.api;
  t.api = { reasons: {}, outcomes: {}, problems: {}, sentences: {} };
  assert.equal(said("It belongs to no case yet."), "It belongs to no case yet.");
  assert.equal(problemWords("conflict", "The email is being purged."), "The email is being purged.");
  t.api = german;
  assert.equal(said("It belongs to no case yet."), "Sie gehört noch zu keinem Fall.");
});

test("what is long is left as it is, whatever it repeats", () => {
  for (const long of ["a: ".repeat(100_000), "(: ) ".repeat(100_000)]) {
    assert.equal(said(long), long);
    assert.equal(saidAll(long), long);
  }
});
