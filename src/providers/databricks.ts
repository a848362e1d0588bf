import type { Provider } from './provider.ts';

export default {
  id: 'databricks',
  name: 'Databricks',
  baseUrl: 'https://{host}/ai-gateway/mlflow/v1',
  format: 'openai-chat',
  environmentKeys: ['DATABRICKS_TOKEN'],
  settings: { host: 'DATABRICKS_HOST' },
  documentation: 'https://docs.databricks.com/aws/en/machine-learning/foundation-models/',
} satisfies Provider;
