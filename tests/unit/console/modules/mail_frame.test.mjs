/** What is renamed in the HTML of an email before it is shown, because it would be requested. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { prepare } from "../../../../console/elements/mail_frame.js";

const LINKS = { "a@b": "https://files.example/a?x=1&y=2" };

test("remote images wait until somebody asks for them", () => {
  const html = '<img alt="x" data-src="https://x.example/a.png"><td background=https://x.example/b.png>';
  assert.deepEqual(prepare(html, {}, false), { html: html.replace(" background", " data-background"), blocked: 2, plain: false });
  assert.equal(prepare(html, {}, true).html, html.replace("data-src", "src"));
});

test("inline images get their links", () => {
  assert.equal(prepare('<img src="cid:a@b"><img src="cid:a%40b">', LINKS, false).html, '<img src="https://files.example/a?x=1&amp;y=2">'.repeat(2));
  const unknown = prepare('<img src="cid:other">', LINKS, false);
  assert.deepEqual(unknown, { html: '<img data-src="cid:other">', blocked: 0, plain: true });
});

test("addresses of ours, and in styles", () => {
  assert.equal(prepare('<img src="/cases">', {}, true).html, '<img data-src="/cases">');
  assert.equal(prepare('<p style="background:url(https://x.example/a)">', {}, false).html, '<p style="background:none">');
  assert.equal(prepare('<img src="data:image/png;base64,AA==">', {}, false).blocked, 0);
});

test("an email with colours of its own stays on paper", () => {
  assert.equal(prepare("<p>Hello</p>", {}, false).plain, true);
  for (const html of ['<p style="color: red">x</p>', "<font color=red>x</font>", "<td bgcolor='#fff'>x</td>"]) assert.equal(prepare(html, {}, false).plain, false, html);
});
