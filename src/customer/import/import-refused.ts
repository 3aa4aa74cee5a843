/** How many faults of a file are told before reading it stops. */
export const MAX_FAULTS = 20;

export interface ImportFault {
  /** Where in the file: `line 12, email`, `customers[3].email`, `organization.tills[0].code`; empty for the whole. */
  readonly where: string;
  readonly reason: string;
}

/** A file that is not imported: nothing of it is stored. At least one fault, the first ones. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
  readonly faults: readonly ImportFault[];

  constructor(faults: readonly ImportFault[]) {
    const first = faults.slice(0, MAX_FAULTS);
    super(first.map(({ where, reason }) => (where === '' ? reason : `${where}: ${reason}`)).join('\n'));
    this.faults = first;
  }
}
