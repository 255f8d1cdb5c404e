/** The pieces of the page. Arguments are plain text and are escaped, but for what is said to be HTML. @module */

/** `svg` and `legends` are HTML. */
export function figure(title: string, legends: readonly string[], svg: string): string {
  const key = legends.length > 0 ? `<div class="legend">${legends.join('')}</div>` : '';
  return `<figure><figcaption>${escaped(title)}</figcaption>${key}${svg}</figure>`;
}

export function legend(colour: string, text: string): string {
  return `<span><i style="background:${colour}"></i>${escaped(text)}</span>`;
}

/** Cells are HTML already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const top = head.some((cell) => cell !== '') ? `<thead>${line('th', head)}</thead>` : '';
  return `<div class="scroll"><table>${top}<tbody>${rows.map((row) => line('td', row)).join('\n')}</tbody></table></div>`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Of outputs that were compared; empty where they were not. */
export function verdict(exact: boolean | null): string {
  if (exact === null) return '';
  return exact ? 'yes' : '<strong>no</strong>';
}
