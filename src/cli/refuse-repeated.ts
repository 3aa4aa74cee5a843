import type { Command } from 'commander';

/**
 * Has the command and those below it refuse an option whose value is given twice, where the last one would silently count:
 * a CommanderError that names the option. Those whose values are collected may be repeated.
 */
export function refuseRepeated(command: Command): void {
  for (const option of command.options.filter(({ required }) => required)) {
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      const isCollected = Array.isArray(command.getOptionValue(option.attributeName()));
      if (isGiven && !isCollected) command.error(`error: option '${option.flags}' may be given only once`);
      isGiven = true;
    });
  }
  command.commands.forEach(refuseRepeated);
}
