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
 * Field extension of a list that tells what the input has done, or what is wrong with it. Beside the usual entries it
 * may have one for each entry of a list in the arguments of the field that it is answered for; each of those is told in
 * one such list only.
 */
export const sizedByInput = { isSizedByInput: true } as const;
