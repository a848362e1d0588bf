import type { Provider } from './provider.ts';

export default {
  id: 'nvidia',
  name: 'Nvidia',
  baseUrl: 'https://integrate.api.nvidia.com/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['NVIDIA_API_KEY'],
  quirks: {
    cacheMarks: 'refused',
    rename: { max_completion_tokens: 'max_tokens' },
    drop: ['store'],
    roles: { developer: 'system' },
  },
  documentation: 'https://docs.api.nvidia.com/nim/',
  headquarters: 'US',
  datacenters: ['US'],
  privacyPolicyUrl: 'https://www.nvidia.com/en-us/about-nvidia/privacy-policy/',
} satisfies Provider;
