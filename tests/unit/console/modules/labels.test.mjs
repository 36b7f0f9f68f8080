/** Short texts that stand in many places. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { breakable } from "../../../../console/elements/labels.js";

/** The text that is shown of what a component returns. */
const shown = (node) =>
  node === null || node === undefined || typeof node === "boolean" ? ""
  : Array.isArray(node) ? node.map(shown).join("")
  : typeof node === "object" ? shown(node.props.children)
  : String(node);

test("the whole of an address is shown", () => {
  for (const address of ["jo@acme.example", '"ceo@acme.example"@evil.example', "no address", "", "@", "jo@"]) {
    assert.equal(shown(breakable(address)), address);
  }
});
