import type { Provider } from './provider.ts';

export default {
  id: 'alibaba',
  name: 'Alibaba',
  baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  format: 'openai-chat',
  continues: 'prefill',
  environmentKeys: ['DASHSCOPE_API_KEY'],
  quirks: {
    // For some of its models they mean something; the others ignore them.
    cacheMarks: 'taken',
    drop: ['store'],
    prefill: { message: { partial: true } },
    roles: { developer: 'system' },
  },
  stopsOnAbort: false,
  documentation: 'https://www.alibabacloud.com/help/en/model-studio/models',
} satisfies Provider;
