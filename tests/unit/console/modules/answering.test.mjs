/** Whom a reply goes to, and with which subject. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerable, otherDomain, ownAddresses, participants, replyRecipients, replySubject } from "../../../../console/views/case/answering.js";

const person = (name) => ({ name, address: `${name.toLowerCase()}@acme.example` });
const [ANNA, JO, PAT] = ["Anna", "Jo", "Pat"].map(person);
const OURS = { name: "HR", address: "answers@acme.example" };
const PAYROLL = { name: null, address: "payroll@acme.example" };
const CASE = { mailbox: "payroll@acme.example", employee: { user_id: "1", name: "Anna", email: ANNA.address }, regarding: null };
const entry = (changes) => ({ direction: "inbound", kind: "normal", from: ANNA, reply_to: [], to: [PAYROLL], cc: [], ...changes });
const SENT = entry({ direction: "outbound", from: OURS, reply_to: [{ ...OURS, address: "answers+7k3f92qdx0-h4q9w2@acme.example" }], to: [ANNA], cc: [JO], bcc: [PAT] });

test("the newest email of a person is answered, else our newest", () => {
  const automatic = entry({ kind: "automatic_reply" }), note = entry({ kind: "note", direction: "internal" }), email = entry({});
  assert.equal(answerable([note, automatic, SENT, email]), email);
  assert.equal(answerable([note, automatic, SENT]), SENT);
  assert.equal(answerable([note, automatic]), null);
});

test("subjects", () => {
  const bare = ["Leave", "Re: Leave", "AW: Re[2]: Fwd: Leave", "Réf : Leave", "Re：Leave", "RE: [#7K3F92QDX0-h4q9w2] Leave", "Leave (7K3F92QDX0 – h4q9w2)"];
  for (const subject of bare) assert.equal(replySubject(subject), "Re: Leave", subject);
  assert.equal(replySubject("Regarding leave"), "Re: Regarding leave");
});

test("a reply goes to Reply-To, else to the sender", () => {
  assert.deepEqual(replyRecipients("reply", entry({}), CASE, []), { to: [ANNA], cc: [] });
  assert.deepEqual(replyRecipients("reply", entry({ reply_to: [JO] }), CASE, []), { to: [JO], cc: [] });
});

test("an answer to all leaves out our own addresses and repeats nobody", () => {
  const email = entry({ to: [PAYROLL, JO, SENT.reply_to[0]], cc: [{ ...PAT, name: null }, PAT, ANNA, { name: null, address: "ANSWERS@acme.example" }] });
  assert.deepEqual(replyRecipients("reply_all", email, CASE, [email, SENT]), { to: [ANNA], cc: [JO, PAT] });
});

test("an answer to our own email goes to the same people, not to hidden ones", () => {
  assert.deepEqual(replyRecipients("reply", SENT, CASE, [SENT]), { to: [ANNA], cc: [] });
  assert.deepEqual(replyRecipients("reply_all", SENT, CASE, [SENT]), { to: [ANNA], cc: [JO] });
});

test("a form writes from an address that nobody reads: the employee is answered", () => {
  for (const address of ["no-reply@forms.example", "DoNotReply@forms.example", "no_reply+7@forms.example"]) {
    assert.deepEqual(replyRecipients("reply", entry({ from: { name: null, address } }), CASE, []).to, [ANNA], address);
  }
  const reader = { name: null, address: "noreplyteam@forms.example" };
  assert.deepEqual(replyRecipients("reply", entry({ from: reader }), CASE, []).to, [reader]);
});

test("a Reply-To of another domain", () => {
  const evil = { name: "Anna", address: "anna@evil.example" };
  assert.deepEqual(otherDomain(entry({ reply_to: [evil] })), { from: ANNA, replyTo: evil });
  assert.equal(otherDomain(entry({ reply_to: [{ ...JO, address: "jo@ACME.example" }] })), null);
  assert.equal(otherDomain(SENT), null);
});

test("everybody in the case, each once, without us", () => {
  const unnamed = entry({ from: { name: null, address: "ANNA@acme.example" }, cc: [OURS] });
  assert.deepEqual(participants(CASE, [unnamed, SENT]), [ANNA, JO, PAT]);
  assert.deepEqual([...ownAddresses(CASE, [SENT])], ["payroll@acme.example", "answers@acme.example"]);
});
