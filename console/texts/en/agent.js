/** English texts of: cases, a case, its Email History, the composer. */

export default {
  cases: "Cases",
};
