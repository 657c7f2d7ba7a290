/** Text between the quotes of an attribute, in HTML or SVG. */
export function attributeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
