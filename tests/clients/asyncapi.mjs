// Reads an AsyncAPI document from standard input with the AsyncAPI project's own parser, and prints what it says of it.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const { Parser } = createRequire(`${process.cwd()}/`)("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(await text(process.stdin));
for (const { code, message, path } of diagnostics) console.log(`${code}: ${message} (${path.join("/")})`);
for (const operation of document?.allOperations() ?? []) {
  console.log(`${operation.id()}: ${operation.messages().length} messages`);
}
