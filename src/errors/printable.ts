/** Control characters, line ends of Unicode, and what turns the direction of writing around. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** What a config.json or a hook says of itself must not end the line that it is shown in, nor move the cursor of the terminal: `\u001b`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The beginning and the last `tail` characters of what has more than `longest`: config.json may have strings and keys of megabytes. */
export function shortened(text: string, longest: number, tail: number): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - tail)}[... ${text.length - longest} characters ...]${text.slice(-tail)}`;
}

/** A JSON pointer, or the id of a step, in an error: a long key must not push what is wrong with it out of the line. */
export function shownPlace(place: string): string {
  return shortened(place, 1024, 256);
}
