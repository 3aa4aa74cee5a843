import { SaxesParser } from 'saxes';

/** An element without children is its text, trimmed; one with children an object of them, those of one name as a list. */
export type XmlNode = string | { [name: string]: XmlNode | XmlNode[] };

interface OpenElement {
  readonly name: string;
  text: string;
  children: { [name: string]: XmlNode | XmlNode[] } | null;
}

/** The API's own documents are 6 deep. */
const mostDeep = 64;

/**
 * The document as a tree, the root element as its one child. Attributes, comments and instructions are left out. Throws
 * where the text is not well-formed, is too deep, or has a DOCTYPE: so there are no entities but XML's own five.
 */
export function readXml(text: string): XmlNode {
  const parser = new SaxesParser();
  const document: OpenElement = { name: '', text: '', children: null };
  const open = [document];
  const current = () => open.at(-1) ?? document;

  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('it has a DOCTYPE');
  });
  parser.on('opentag', ({ name }) => {
    if (open.length > mostDeep) throw new Error('it is too deep');
    open.push({ name, text: '', children: null });
  });
  const addText = (part: string) => {
    current().text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop() ?? document;
    addChild(current(), closed.name, closed.children ?? closed.text.trim());
  });
  parser.write(text).close();
  return document.children ?? '';
}

function addChild(parent: OpenElement, name: string, child: XmlNode): void {
  // Without a prototype, an element may have any name.
  parent.children ??= Object.create(null) as { [name: string]: XmlNode | XmlNode[] };
  const before = parent.children[name];
  if (Array.isArray(before)) before.push(child);
  else parent.children[name] = before === undefined ? child : [before, child];
}
