/** What says how many entries the lists directly below a field have. */
export interface SizedBy {
  /** An argument: a number of entries, or a list with as many. */
  readonly argument: string;
  /** More than so many are never answered; a list of more is refused. */
  readonly most: number;
}

/** Field extensions that tell what an operation may cost. */
export const sizedBy = (argument: string, most: number): { readonly sizedBy: SizedBy } => ({
  sizedBy: { argument, most },
});

/**
 * Field extension of a list with an entry for what the input has done, or what is wrong with it: beside the usual ones as many as
 * there are entries in lists of the arguments of the field that it is answered for, each in one of such lists.
 */
export const sizedByInput = { isSizedByInput: true } as const;
