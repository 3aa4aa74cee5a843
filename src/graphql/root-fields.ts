import { Kind, type DocumentNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

/** The names of the operation's root fields, those within fragments too, each once. The document has to be valid. */
export function rootFields(document: DocumentNode, { selectionSet }: OperationDefinitionNode): string[] {
  const names = new Set<string>();
  const seen = new Set<string>();
  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else collectFragment(selection.name.value);
    }
  }
  function collectFragment(name: string): void {
    // Each once: valid documents have no cycles, but they may use one fragment very often.
    if (seen.has(name)) return;
    seen.add(name);
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) {
        collect(definition.selectionSet);
      }
    }
  }
  collect(selectionSet);
  return [...names];
}
