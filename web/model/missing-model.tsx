import type { ApiError } from '../api/fetch-api.ts';
import { buttonLook } from '../parts/button.tsx';
import { Link } from '../parts/link.tsx';
import { Failed } from '../parts/states.tsx';
import { pageOf } from './model-facts.ts';

/** No such model: what is called nearly like it, as the catalogue says. */
export function MissingModel({
  id,
  error,
  retry,
}: {
  readonly id: string;
  readonly error: ApiError;
  readonly retry: () => void;
}) {
  const near = /Did you mean (.+)\?$/.exec(error.message)?.[1]?.split(', ') ?? [];
  if (error.status !== 404) {
    return (
      <div className="mx-auto max-w-[90rem] px-4 py-10">
        <h1 className="mb-4 text-2xl font-semibold">
          <bdi>{id}</bdi>
        </h1>
        <Failed error={error} what="this model" retry={retry} />
      </div>
    );
  }
  return (
    <div className="mx-auto max-w-[90rem] px-4 py-16">
      <h1 className="text-2xl font-semibold">
        No model is called <bdi className="font-mono">{id.slice(0, 200)}</bdi>
      </h1>
      {near.length > 0 && (
        <>
          <p className="mt-4">Nearly called like it:</p>
          <ul className="mt-2 space-y-1">
            {near.map((slug) => (
              <li key={slug}>
                <Link to={pageOf(slug)} className="prose-link font-mono">
                  <bdi>{slug}</bdi>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="mt-6">
        <Link to="/models" className={`${buttonLook()} no-underline`}>
          All models
        </Link>
      </p>
    </div>
  );
}
