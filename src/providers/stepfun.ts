import type { Provider } from './provider.ts';

export default {
  id: 'stepfun',
  name: 'StepFun',
  baseUrl: 'https://api.stepfun.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['STEPFUN_API_KEY'],
  documentation: 'https://platform.stepfun.ai/docs/en/overview/concept',
} satisfies Provider;
