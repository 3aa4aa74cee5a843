import { writeFile } from 'node:fs/promises';
import { parse, View } from 'vega';

const COLORS = { 'the service': '#1f6feb', 'no database': '#9aa4af', 'no HTTP': '#c8cdd3', repositories: '#d4a72c' };

/** Writes a bar for each of [{ name, throughput, kind }] as an SVG. */
export async function writeChart(path, bars, title) {
  const view = new View(parse(specification(bars, title)), { renderer: 'none' });
  await writeFile(path, `${await view.toSVG()}\n`);
  view.finalize();
}

function specification(bars, title) {
  const kinds = Object.keys(COLORS);
  return {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    width: 520,
    height: bars.length * 26,
    padding: 8,
    background: 'white',
    title: { text: title, anchor: 'start', frame: 'group', offset: 12 },
    data: [{ name: 'bars', values: bars }],
    scales: [
      {
        name: 'across',
        type: 'linear',
        domain: { data: 'bars', field: 'throughput' },
        range: 'width',
        nice: true,
        zero: true,
      },
      { name: 'down', type: 'band', domain: { data: 'bars', field: 'name' }, range: 'height', padding: 0.25 },
      { name: 'color', type: 'ordinal', domain: kinds, range: kinds.map((kind) => COLORS[kind]) },
    ],
    axes: [
      { orient: 'bottom', scale: 'across', title: 'updates a second', grid: true, tickCount: 6 },
      { orient: 'left', scale: 'down', domain: false, ticks: false, labelLimit: 480, labelPadding: 8 },
    ],
    legends: [{ fill: 'color', orient: 'bottom', direction: 'horizontal', symbolType: 'square' }],
    marks: [
      {
        type: 'rect',
        from: { data: 'bars' },
        encode: {
          update: {
            x: { scale: 'across', value: 0 },
            x2: { scale: 'across', field: 'throughput' },
            y: { scale: 'down', field: 'name' },
            height: { scale: 'down', band: 1 },
            fill: { scale: 'color', field: 'kind' },
          },
        },
      },
      {
        type: 'text',
        from: { data: 'bars' },
        encode: {
          update: {
            x: { scale: 'across', field: 'throughput', offset: 5 },
            y: { scale: 'down', field: 'name', band: 0.5 },
            baseline: { value: 'middle' },
            text: { signal: "format(datum.throughput, ',')" },
          },
        },
      },
    ],
  };
}
