/** Times in the reader's zone and language. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

mock.timers.enable({ apis: ["setInterval"] });
process.env.TZ = "America/New_York";
globalThis.localStorage = { getItem: () => null };
const languages = ["de-AT"];
Object.defineProperty(globalThis, "navigator", { value: { languages }, configurable: true });
const { exact, brief, relative, now } = await import("../../../../console/elements/dates.js");
const { loadTexts } = await import("../../../../console/texts.js");
globalThis.document = { documentElement: {} };
await loadTexts();

const at = (text) => { now.value = new Date(text).getTime(); };

test("an evening in New York is the next day in UTC", () => {
  assert.equal(exact("2026-11-27T03:15:00Z"), "Donnerstag, 26. November 2026 um 22:15");
});

test("days are counted by the reader's midnights", () => {
  at("2026-11-27T04:30:00Z"); // 23:30 there
  assert.equal(brief("2026-11-26T06:00:00Z"), "01:00");
  at("2026-11-27T05:30:00Z"); // half an hour after midnight
  assert.equal(brief("2026-11-26T06:00:00Z"), "Gestern");
  assert.equal(relative("2026-11-27T03:15:00Z"), "Gestern, 22:15 Uhr");
});

test("minutes, weekdays, years", () => {
  at("2026-11-27T15:00:00Z");
  assert.equal(brief("2026-11-27T14:56:00Z"), "4 Min.");
  assert.equal(relative("2026-11-27T14:56:00Z"), "vor 4 Minuten");
  assert.equal(brief("2026-11-27T14:59:30Z"), "jetzt");
  assert.equal(brief("2026-11-24T15:00:00Z"), "Di");
  assert.equal(brief("2026-10-01T15:00:00Z"), "1. Okt.");
  assert.equal(brief("2025-10-01T15:00:00Z"), "1. Okt. 2025");
});
