/**
 * What the API says, in the reader's language. The API speaks English. Where it gives a code, the code is translated,
 * else the sentence; `api` in texts/<language>.js has both. What is not there stays English.
 */
import { t } from "./texts.js";

/** @typedef {{pattern: RegExp, words: string, sentences: number}} Shape words with gaps */

/** Where one sentence ends and the next begins. */
const BETWEEN = /(?<=\.) (?=[A-Z])/u;

/** Characters of what is translated. What is longer was written by somebody else, as the answer of another mail server. */
const LONGEST = 2_000;

const FAULTS = new Set(["try_again", "internal_error"]);

/** @type {{of: Record<string, string> | null, list: Shape[]}} */
const shapes = { of: null, list: [] };

/** One sentence of the API, or a message about a field. @param {string} sentence @returns {string} */
export function said(sentence) {
  const { sentences } = t.api;
  const whole = Object.hasOwn(sentences, sentence) ? sentences[sentence] : undefined;
  if (whole !== undefined) return whole;
  if (sentence.length > LONGEST) return sentence;
  for (const { pattern, words } of shapesOf(sentences)) {
    const found = pattern.exec(sentence);
    if (found) return filled(words, found.slice(1));
  }
  return sentence;
}

/** Several sentences in a row, each by itself; two that have a translation together stay together. @param {string} text @returns {string} */
export function saidAll(text) {
  if (text.length > LONGEST) return text;
  const parts = text.split(BETWEEN), words = [];
  for (let i = 0; i < parts.length; i += 1) {
    const pair = parts.slice(i, i + 2).join(" ");
    const together = i + 1 < parts.length && shapesOf(t.api.sentences).find(({ sentences, pattern }) => sentences === 2 && pattern.test(pair));
    words.push(said(together ? pair : parts[i] ?? ""));
    if (together) i += 1;
  }
  return words.join(" ");
}

/** Why an email is unprocessed, and what to do about it. @param {{reason: string, explanation: string, what_to_do: string}} email @returns {{explanation: string, advice: string}} */
export function explained(email) {
  return t.api.reasons[email.reason] ?? { explanation: email.explanation, advice: email.what_to_do };
}

/** What would become of an email. @param {{outcome: string, reason: string | null, explanation: string}} trial @returns {string} */
export function wouldBecome({ outcome, reason, explanation }) {
  return (reason ? t.api.reasons[reason]?.explanation : t.api.outcomes[outcome]) ?? explanation;
}

/** A problem document in words. @param {string} kind the last part of its type @param {string} detail @returns {string} */
export function problemWords(kind, detail) {
  const words = said(detail);
  const general = t.api.problems[kind];
  if (words !== detail || !general) return words;
  // A fault says the same each time. A refusal that has no translation may still help who reads English.
  return !detail || FAULTS.has(kind) ? general : `${general} (${detail})`;
}

/** The sentences with gaps, those with the most words of their own first: "must be one of {}" before "{} is empty.". @param {Record<string, string>} sentences @returns {Shape[]} */
function shapesOf(sentences) {
  if (shapes.of !== sentences) {
    const keys = Object.keys(sentences).filter((key) => key.includes("{}")).sort((a, b) => b.replaceAll("{}", "").length - a.replaceAll("{}", "").length);
    shapes.of = sentences;
    shapes.list = keys.map((key) => ({ pattern: patternOf(key), words: sentences[key] ?? key, sentences: key.split(BETWEEN).length }));
  }
  return shapes.list;
}

/** @param {string} key */
function patternOf(key) {
  return new RegExp(`^${key.split("{}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.*?)")}$`, "su");
}

/** Fills the gaps in their order, or by number: "{2}". What stands there may itself be a sentence. @param {string} words @param {string[]} values */
function filled(words, values) {
  let next = 0;
  return words.replace(/\{(\d?)\}/g, (_, number) => said(values[number ? Number(number) - 1 : next++] ?? ""));
}
