/**
 * The text on one line. The API server drops a warning whole if it holds a line break or another control character
 * (apimachinery net.NewWarningHeader), and a YAML comment ends with its line.
 */
export function oneLine(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
