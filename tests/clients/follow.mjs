// Follows the feed with a stock EventSource, which reconnects by itself, and prints each event: its cursor, then its data.
//
//   node follow.mjs URL TOKEN COUNT     ends behind so many events
import { createRequire } from "node:module";

const { EventSource } = createRequire(`${process.cwd()}/`)("eventsource");
const [url, token, count] = process.argv.slice(2);
const authorized = (input, init) =>
  fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } });
const source = new EventSource(url, { fetch: authorized });
// While it waits to reconnect, an EventSource does not keep its process.
const waiting = setInterval(() => {}, 1000);
let seen = 0;
source.onmessage = ({ lastEventId, data }) => {
  console.log(lastEventId, data);
  seen += 1;
  if (seen < Number(count)) return;
  source.close();
  clearInterval(waiting);
};
source.onerror = ({ code, message }) => {
  if (source.readyState !== EventSource.CLOSED) return;
  console.error(`it gave up: ${code} ${message}`);
  process.exit(1);
};
