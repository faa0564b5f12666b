// The words of the console, as the catalogue has them: what a person reads is what a test presses.

import { readdirSync, readFileSync } from "node:fs";

const words = (language) => new URL(`../../crates/words/${language}/`, import.meta.url);

/** Reads the messages of a language that are one line long; gives what finds them by their id, with these values in them. */
export function catalogue(language) {
  const folder = words(language);
  const lines = readdirSync(folder).flatMap((file) => readFileSync(new URL(file, folder), "utf8").split("\n"));
  const messages = new Map(lines.map((line) => /^([a-zA-Z0-9-]+) = (.+)$/.exec(line)).filter(Boolean).map(([, id, text]) => [id, text]));
  return (id, values = {}) => {
    const text = messages.get(id);
    if (text === undefined) throw new Error(`no message ${id} in ${language}`);
    const filled = text.replace(/\{ DE\(\$(\w+)\) \}|\{ \$(\w+) \}/g, (_, of, name) => (of ? "" : values[name]));
    return filled.replace(/\{ "(.*?)" \}/g, "$1");
  };
}
