import type { Page } from './page.ts';

function Home() {
  return (
    <div className="mx-auto max-w-[90rem] px-4 py-10">
      <h1 className="text-3xl font-semibold">One address for hosted and local models</h1>
    </div>
  );
}

const page: Page = {
  title: () => 'Home',
  isPublic: true,
  Component: Home,
};
export default page;
