// Reads a JSON list of MJML documents, and writes the list of what the reference implementation makes of them.
const mjml2html = require("mjml");

const sources = JSON.parse(require("fs").readFileSync(0, "utf8"));
const written = sources.map((source) => mjml2html(source, { validationLevel: "strict", fonts: {}, keepComments: true }).html);
process.stdout.write(JSON.stringify(written));
