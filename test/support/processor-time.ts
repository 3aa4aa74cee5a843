/**
 * What the work results in, and the milliseconds of processor time that this process took meanwhile: a clock would count what
 * others take of a busy machine.
 */
export async function withProcessorTime<T>(work: () => Promise<T>): Promise<{ result: T; milliseconds: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, milliseconds: (user + system) / 1000 };
}
