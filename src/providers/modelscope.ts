import type { Provider } from './provider.ts';

export default {
  id: 'modelscope',
  name: 'ModelScope',
  baseUrl: 'https://api-inference.modelscope.cn/v1',
  format: 'openai-chat',
  environmentKeys: ['MODELSCOPE_API_KEY'],
  documentation: 'https://modelscope.cn/docs/model-service/API-Inference/intro',
} satisfies Provider;
