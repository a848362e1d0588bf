import type { Provider } from './provider.ts';

export default {
  id: 'clarifai',
  name: 'Clarifai',
  baseUrl: 'https://api.clarifai.com/v2/ext/openai/v1',
  format: 'openai-chat',
  environmentKeys: ['CLARIFAI_PAT'],
  documentation: 'https://docs.clarifai.com/compute/inference/',
} satisfies Provider;
