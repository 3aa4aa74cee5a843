import { median, spread } from './statistics.mjs';
import { hundredths, percent, table, whole } from './table.mjs';

/** The medians of an entry's rounds; of its peaks, the highest. */
export function summarize(rounds) {
  const of = (figure) => (rounds[0][figure] === null ? null : median(rounds.map((round) => round[figure])));
  return {
    throughput: of('throughput'),
    spread: spread(rounds.map(({ throughput }) => throughput)),
    p50: of('p50'),
    p99: of('p99'),
    memory: Math.max(...rounds.map(({ memory }) => memory)),
    cpuPerThousand: of('cpuPerThousand'),
  };
}

/** The median of how a figure of one entry compares with another's in the same round. */
export function ratio(results, name, floor, figure = 'throughput') {
  const floors = results.get(floor);
  return median(results.get(name).map((round, index) => round[figure] / floors[index][figure]));
}

/** One row for each entry; `compared` names, for an entry, who is set against it: [[word, name of the other] …]. */
export function resultTable(results, { unit, compared }) {
  const heads = [
    '',
    `${unit} a second`,
    'spread',
    'p50 ms',
    'p99 ms',
    'peak MiB',
    `CPU s per 1,000 ${unit}`,
    'service ÷ it',
  ];
  const rows = [...results].map(([name, rounds]) => {
    const { throughput, spread: apart, p50, p99, memory, cpuPerThousand } = summarize(rounds);
    const ratios = (compared[name] ?? []).map(([word, other]) => `${hundredths(ratio(results, other, name))}${word}`);
    return [
      name,
      whole(throughput),
      percent(apart),
      hundredths(p50),
      hundredths(p99),
      whole(memory),
      hundredths(cpuPerThousand),
      ratios.join(', '),
    ];
  });
  return table(heads, rows);
}

/** A goal with what was measured: `measured` against `least` or `most`. */
export function goal(text, measured, { least = -Infinity, most = Infinity }, show = hundredths) {
  const limit = least === -Infinity ? `at most ${show(most)}` : `at least ${show(least)}`;
  return { text: `${text}: ${limit}`, measured: show(measured), isMet: measured >= least && measured <= most };
}

export function goalTable(goals) {
  return table(
    ['goal', 'measured', ''],
    goals.map(({ text, measured, isMet }) => [text, measured, isMet ? 'met' : 'MISSED']),
  );
}
