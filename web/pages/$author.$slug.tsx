import { modelPage } from '../model/model-page.tsx';
import type { Page } from './page.ts';

/** Where OpenRouter's own pages of models stand: addresses can be taken over by changing the host. */
const page: Page = modelPage;
export default page;
