import { ChatPage } from '../chat/chat-page.tsx';
import type { Page } from './page.ts';

const page: Page = {
  title: () => 'Chat',
  isFull: true,
  Component: ({ params }) => <ChatPage key={params.id} id={params.id!} asked={[]} />,
};
export default page;
