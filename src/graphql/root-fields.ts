import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** The names of the operation's root fields, those within fragments too, each once. */
export const rootFields = (document: DocumentNode, operation: OperationDefinitionNode): string[] => [
  ...new Set(rootFieldNodes(document, operation).map(({ name }) => name.value)),
];

/** The operation's root fields as they stand in the document, those of a fragment once, however often it is used. */
export function rootFieldNodes(document: DocumentNode, { selectionSet }: OperationDefinitionNode): FieldNode[] {
  const fragments = fragmentsOf(document);
  const nodes: FieldNode[] = [];
  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) nodes.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else collectFragment(selection.name.value);
    }
  }
  function collectFragment(name: string): void {
    const fragment = fragments.get(name);
    // Each once: valid documents have no cycles, but they may use one fragment very often.
    fragments.delete(name);
    if (fragment !== undefined) collect(fragment.selectionSet);
  }
  collect(selectionSet);
  return nodes;
}

/** The document's fragments by their names. */
export function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}
