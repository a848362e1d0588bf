import type { Provider } from './provider.ts';

/** Chicago is the region with the widest choice of models; another one is a `base_url` in the configuration. */
export default {
  id: 'oci',
  name: 'Oracle',
  baseUrl: 'https://inference.generativeai.us-chicago-1.oci.oraclecloud.com/openai/v1',
  format: 'openai-chat',
  environmentKeys: ['OCI_GENAI_API_KEY'],
  documentation: 'https://docs.oracle.com/en-us/iaas/Content/generative-ai/pretrained-models.htm',
} satisfies Provider;
