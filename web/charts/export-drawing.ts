/** A drawing without the page: colours are written into it, since an SVG file has none of our style sheets. */

const COPIED = [
  ...['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'opacity', 'fill-opacity', 'font-family'],
  ...['font-size', 'font-weight', 'text-anchor', 'dominant-baseline'],
];

/** The text of an SVG file that looks as the drawing does now. */
export function standAloneSvg(drawing: SVGSVGElement, title: string): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const from = [drawing, ...drawing.querySelectorAll<SVGElement>('*')];
  const to = [copy, ...copy.querySelectorAll<SVGElement>('*')];
  for (const [index, element] of from.entries()) writeLooks(element, to[index]!);
  const { width, height } = drawing.getBoundingClientRect();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(Math.round(width)));
  copy.setAttribute('height', String(Math.round(height)));
  const name = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  name.textContent = title;
  copy.prepend(name);
  return new XMLSerializer().serializeToString(copy);
}

function writeLooks(element: SVGElement, copy: SVGElement): void {
  const looks = getComputedStyle(element);
  for (const property of COPIED) {
    const value = looks.getPropertyValue(property);
    // A fill of a pattern is named by the element itself; the computed form carries the page's address.
    if (value !== '' && !value.startsWith('url(')) copy.setAttribute(property, value);
  }
  copy.removeAttribute('class');
}

const PNG_SCALE = 2;

/** On the page's ground, at twice its size. */
export async function drawPng(drawing: SVGSVGElement): Promise<Blob> {
  const { width, height } = drawing.getBoundingClientRect();
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standAloneSvg(drawing, ''))}`;
  await picture.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * PNG_SCALE);
  canvas.height = Math.round(height * PNG_SCALE);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser draws no pictures');
  context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture came'))), 'image/png');
  });
}

export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // Some browsers begin to read only after the click was handled.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Rejects where the page is not served over HTTPS or from the machine itself. */
export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}
