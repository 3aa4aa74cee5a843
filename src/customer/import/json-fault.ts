/**
 * Where a text stops being JSON: `line 2, column 30`, or `it ends too early`. The parser's own words are not repeated,
 * since they quote the text, and for some faults they name no position; so the longest beginning that could still
 * become JSON is searched for.
 */
export function placeOfJsonFault(text: string): string {
  if (!isBroken(text)) return 'it ends too early';
  let sound = 0;
  let broken = text.length;
  while (broken - sound > 1) {
    const middle = Math.floor((sound + broken) / 2);
    if (isBroken(text.slice(0, middle))) broken = middle;
    else sound = middle;
  }
  const lines = text.slice(0, sound).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** Whether nothing that could follow would make it JSON. */
function isBroken(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return false;
  } catch (error) {
    const message = String(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    if (position !== undefined) return Number(position) < beginning.length;
    return !message.includes('end of JSON input');
  }
}
