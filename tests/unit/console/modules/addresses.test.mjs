/** Addresses as people write and paste them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAddress, readAddress, readList } from "../../../../console/views/composer/addresses.js";

test("one recipient", () => {
  const read = [
    ["anna@acme.example", null, "anna@acme.example"],
    [" mailto:anna@acme.example ", null, "anna@acme.example"],
    ["Anna Keller <anna@acme.example>", "Anna Keller", "anna@acme.example"],
    ['"Keller, Anna" <anna@acme.example>', "Keller, Anna", "anna@acme.example"],
    ['"Anna \\"Ann\\" Keller" <anna@acme.example>', 'Anna "Ann" Keller', "anna@acme.example"],
    ["<anna@acme.example>", null, "anna@acme.example"],
    ["nonsense", null, "nonsense"],
  ];
  for (const [text, name, address] of read) assert.deepEqual(readAddress(text), { name, address }, text);
  assert.equal(readAddress("  "), null);
});

test("a list from another program", () => {
  const list = '"Keller, Anna" <anna@acme.example>; jo@acme.example,\r\nZoë <zoe@acme.example>,, ';
  assert.deepEqual(readList(list).map(({ name, address }) => [name, address]), [
    ["Keller, Anna", "anna@acme.example"], [null, "jo@acme.example"], ["Zoë", "zoe@acme.example"],
  ]);
});

test("what has the form of an address", () => {
  for (const good of ["a@b.example", "jo+tag@in.acme.example", "zoë@straße.example"]) assert.ok(isAddress(good), good);
  for (const bad of ["", "a", "a@b", "a@b..example", "a b@c.example", "a@b.example, c@d.example", "<a@b.example>", `${"x".repeat(320)}@b.example`]) assert.ok(!isAddress(bad), bad);
});
