/** The list of cases after it was read again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { merged, news, updatedInPlace } from "../../../../console/views/cases/merging.js";

const one = (case_id, minute, subject = "") => ({ case_id, subject, updated_at: `2026-11-26T10:${minute}:00Z` });
const ids = (list) => list.map(({ case_id }) => case_id).join("");
const SHOWN = [one("a", 50), one("b", 40), one("c", 30), one("d", 20), one("e", 10)];

test("the first page changes, later pages stay", () => {
  assert.equal(ids(merged(SHOWN, [one("x", 55), one("a", 50)], false)), "xabcde");
  assert.equal(ids(merged(SHOWN, [one("d", 56), one("a", 50)], false)), "dabce");
  assert.equal(ids(merged(SHOWN, [one("a", 50), one("c", 30)], false)), "acde", "b has left the list");
  assert.equal(ids(merged(SHOWN, [one("a", 50)], true)), "a", "there is no other page");
  assert.equal(ids(merged(SHOWN, [], false)), "");
});

test("nothing moves, but what is shown is new", () => {
  const now = [one("x", 58), one("c", 57, "changed"), one("a", 50)];
  const list = updatedInPlace(SHOWN, now);
  assert.equal(ids(list), "abcde");
  assert.equal(list[2].subject, "changed");
});

test("how many would appear or move to the top", () => {
  assert.equal(news(SHOWN, SHOWN), 0);
  assert.equal(news(SHOWN, [one("x", 58), one("c", 57), one("a", 50)]), 2);
  assert.equal(news(SHOWN, [one("a", 51), one("b", 40)]), 1);
  assert.equal(news(SHOWN, [one("y", "05")]), 0, "an old one that comes into sight below");
});
