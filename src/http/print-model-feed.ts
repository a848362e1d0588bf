import type { IndexedModel } from './model-index.ts';

/** The list of models as RSS 2.0, for feed readers that watch for new ones. */
export function printModelFeed(models: readonly IndexedModel[], origin: string, linksToChat: boolean): string {
  const items = models.map(({ model }) => {
    const link = linksToChat ? `${origin}/chat?models=${encodeURIComponent(model.id)}` : `${origin}/${model.id}`;
    return [
      '<item>',
      `<title>${escapeXml(model.name)}</title>`,
      `<link>${escapeXml(link)}</link>`,
      `<guid isPermaLink="false">${escapeXml(model.id)}</guid>`,
      `<pubDate>${new Date(model.created * 1000).toUTCString()}</pubDate>`,
      `<description>${escapeXml(model.description)}</description>`,
      '</item>',
    ].join('');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<rss version="2.0"><channel>',
    `<title>Trunkline models</title><link>${escapeXml(`${origin}/models`)}</link>`,
    '<description>Models of this exchange, newest first</description>',
    ...items,
    '</channel></rss>',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them.
  const printable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
  return printable.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
