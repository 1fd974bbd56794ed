/** How wide a word is in the reader's own font: what is read from three metres is as large as its block allows. */

const SAMPLE_PX = 100;
const known = new Map<string, number>();
let pen: CanvasRenderingContext2D | null = null;

/** Width of a heavy word in ems, with its letters `spacing` ems closer or further apart. */
export function emWidth(text: string, spacing: number): number {
  const before = known.get(text);
  if (before !== undefined) return before;
  pen ??= document.createElement('canvas').getContext('2d');
  if (!pen) return text.length;
  const style = getComputedStyle(document.documentElement);
  pen.font = `${style.getPropertyValue('--w-heavy').trim() || 800} ${SAMPLE_PX}px ${style.getPropertyValue('--font').trim() || 'sans-serif'}`;
  const width = pen.measureText(text).width / SAMPLE_PX + spacing * text.length;
  known.set(text, width);
  return width;
}
