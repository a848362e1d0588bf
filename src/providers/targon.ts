import type { Provider } from './provider.ts';

export default {
  id: 'targon',
  name: 'Targon',
  baseUrl: 'https://api.targon.com/v1',
  format: 'openai-chat',
  environmentKeys: ['TARGON_API_KEY'],
  stopsOnAbort: false,
  documentation: 'https://targon.com/',
} satisfies Provider;
