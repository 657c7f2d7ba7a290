/** A part in percent: `97.2 %` of 0.972. @param digits behind the point */
export function percentText(part: number, digits = 0): string {
  return `${(100 * part).toFixed(digits)} %`;
}
