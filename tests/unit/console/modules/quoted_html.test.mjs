/** Which part of an email's HTML is quoted, by what the server says of its text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { letters, quotedPlaces } from "../../../../console/elements/quoted_html.js";

const QUOTE = "On 25 November Sam Meyer wrote:\n> Dear Jo,\n> please find it attached.\n";
/** What stays, and what is folded at the start and at the end. */
const parts = (html, visible, quoted) => {
  const all = letters(html), places = quotedPlaces(all, visible, quoted);
  return places && [all.slice(0, places.before), all.slice(places.before, places.after), all.slice(places.after)];
};

test("the quote at the end", () => {
  assert.deepEqual(parts(`Thank you. ${QUOTE}`, "Thank you.", QUOTE), ["", "Thankyou", letters(QUOTE)]);
});

test("nothing is quoted", () => {
  assert.equal(parts("Thank you.", "Thank you.", ""), null);
  assert.equal(parts("Thank you.", "Thank you.", " \n> \n"), null);
});

test("a signature", () => {
  assert.deepEqual(parts("Thanks -- Jo", "Thanks", "\n-- \nJo"), ["", "Thanks", "Jo"]);
});

test("a banner above, the quote below", () => {
  const banner = "CAUTION: external sender.\n\n";
  assert.deepEqual(parts(`${banner} Thanks ${QUOTE}`, "Thanks", banner + QUOTE), [letters(banner), "Thanks", letters(QUOTE)]);
});

test("only quoted text", () => {
  assert.deepEqual(parts(QUOTE, "", QUOTE), ["", "", letters(QUOTE)]);
});

test("what is written is quoted, too", () => {
  assert.deepEqual(parts("Yes. On Monday Jo wrote: Yes. Sam wrote: Yes.", "Yes.", "On Monday Jo wrote:\n> Yes.\n>> Sam wrote: Yes."), ["", "Yes", "OnMondayJowroteYesSamwroteYes"]);
});

test("a text with an address where the HTML has a link", () => {
  const visible = "Please read our rules <https://acme.example/rules> first.";
  assert.deepEqual(parts(`Please read our rules first. ${QUOTE}`, visible, QUOTE), ["", "Pleasereadourrulesfirst", letters(QUOTE)]);
});

test("the HTML says something else than the text", () => {
  assert.equal(parts("Your invoice is attached.", "This email needs a viewer for HTML.", "-- \nAcme"), null);
  assert.equal(parts(`A new text ${QUOTE}`, "Thank you.", QUOTE), null);
});

test("words of the HTML that the text lacks are never folded", () => {
  assert.deepEqual(parts(`View in browser. Thanks ${QUOTE}`, "Thanks", QUOTE), null);
  assert.deepEqual(parts(`Thanks. Unsubscribe here. ${QUOTE}`, "Thanks", QUOTE), ["", "ThanksUnsubscribehere", letters(QUOTE)]);
});

test("a text that stands everywhere is looked for only where the answer can differ", () => {
  class Counted extends String {
    looks = 0;
    indexOf(...given) { this.looks += 1; return super.indexOf(...given); }
  }
  const all = new Counted("a".repeat(10_000));
  assert.equal(quotedPlaces(all, "a", "b".repeat(100)), null);
  assert.ok(all.looks < 50, `${all.looks} places`);
});

test("other scripts", () => {
  const quote = "2026年11月25日 佐藤 wrote:\n> お世話になっております。\n";
  assert.deepEqual(parts(`ありがとうございます。${quote}`, "ありがとうございます。", quote), ["", "ありがとうございます", letters(quote)]);
});
