/** Rows of texts under their heads, as Markdown that is readable as it stands; all but the first column to the right. */
export function table(heads, rows) {
  const widths = heads.map((head, column) =>
    Math.max(...[head, ...rows.map((row) => row[column])].map((cell) => cell.length)),
  );
  const line = (cells) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(heads), line(rule), ...rows.map(line)].join('\n');
}

export const whole = (value) => (value === null ? '' : Math.round(value).toLocaleString('en-US'));
export const tenths = (value) => (value === null ? '' : value.toFixed(1));
export const hundredths = (value) => (value === null ? '' : value.toFixed(2));
export const percent = (share) => `${Math.round(share * 100)} %`;
