// Serves aimock on a free port with the fixtures that come as one line of JSON on standard input, prints its URL, and
// ends when standard input does.
const { createInterface } = require("node:readline");
const { LLMock } = require("@copilotkit/aimock");

createInterface({ input: process.stdin }).once("line", async (line) => {
  const mock = new LLMock({ port: 0 });
  for (const fixture of JSON.parse(line)) mock.addFixture(fixture);
  await mock.start();
  console.log(mock.url);
  process.stdin.on("close", () => process.exit(0));
});
