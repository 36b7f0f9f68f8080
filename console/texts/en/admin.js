/** English texts of: unprocessed emails, configuration, Try an email. */

export default {
  unprocessed: "Unprocessed",
  configuration: "Configuration",
  tryAnEmail: "Try an email",
};
