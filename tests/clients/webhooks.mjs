// Checks messages of a webhook with the Standard Webhooks project's verifier, and prints the id of each event that is signed,
// else what is wrong. One message a line: {"headers": {…}, "body": "…"}
//
//   node webhooks.mjs SECRET <MESSAGES
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { Webhook } = createRequire(`${process.cwd()}/`)("standardwebhooks");
const webhook = new Webhook(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  const { headers, body } = JSON.parse(line);
  try {
    console.log(webhook.verify(body, headers).id);
  } catch ({ message }) {
    console.log(`refused: ${message}`);
  }
}
