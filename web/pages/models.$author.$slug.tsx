import { modelPage } from '../model/model-page.tsx';
import type { Page } from './page.ts';

/** The same page below the list of models. */
const page: Page = modelPage;
export default page;
