/** Values between the API and a form of the configuration. */
import assert from "node:assert/strict";
import { test } from "node:test";

// The form reads errors of the API, whose module reads the page's configuration and the address.
globalThis.document = { querySelector: () => ({ content: "{}" }), addEventListener() {} };
globalThis.location = { hash: "", search: "" };
globalThis.addEventListener = () => {};
const { fromForm, toForm } = await import("../../../../console/admin/form.js");

const ROWS = [["name", "text"], ["wait", "number"], ["on", "check"], ["senders", "lines"], ["by", "pairs"], ["text", "area"], ["group", "choice"]].map(([name, type]) => ({ name, type, label: name }));

test("there and back", () => {
  const thing = { name: "Payroll", wait: 0, on: true, senders: ["a@b.example", "c.example"], by: { "UK = IE": "pay-uk", DE: "pay-de" }, text: " Hello\n", group: "x" };
  assert.deepEqual(fromForm(ROWS, toForm(ROWS, thing)), thing);
});

test("empty fields are null", () => {
  const empty = { name: null, wait: null, on: false, senders: [], by: {}, text: null, group: null };
  assert.deepEqual(fromForm(ROWS, toForm(ROWS, {})), empty);
  assert.deepEqual(fromForm(ROWS, { name: "  ", wait: "", senders: " \n\n", by: "\n", text: "", group: "" }), empty);
});

test("what is not a pair is left to the API to refuse", () => {
  assert.deepEqual(fromForm(ROWS, { by: "UK" }).by, { UK: "" });
});
