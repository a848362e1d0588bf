import { ChatPage } from '../chat/chat-page.tsx';
import type { Page } from './page.ts';

const page: Page = {
  title: () => 'Chat',
  isFull: true,
  Component: ({ search }) => <ChatPage asked={search.getAll('model')} />,
};
export default page;
