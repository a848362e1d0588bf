import { useState } from 'react';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Link } from '../parts/link.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { type Language, sampleRequest } from './sample-request.ts';

const LANGUAGES: readonly Language[] = ['curl', 'Python', 'TypeScript'];

/** What fills an empty log: a first request to this address, to be copied. */
export function FirstRequests({ address }: { readonly address: string }) {
  const [language, setLanguage] = useState<Language>('curl');
  const text = sampleRequest(language, address);
  return (
    <div className="rounded-md border border-dashed border-line-strong px-5 py-6">
      <h2 className="font-semibold">No request has come through yet</h2>
      <p className="mt-1 max-w-prose text-sm text-soft">
        The first one stands here a moment after it is answered. It needs a key from{' '}
        <Link className="prose-link" to="/keys">
          Keys
        </Link>
        ; the bundled model answers without any provider.
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        <fieldset className="flex flex-wrap gap-1">
          <legend className="sr-only">Language</legend>
          {LANGUAGES.map((name) => (
            <Button
              key={name}
              aria-pressed={name === language}
              className="aria-pressed:bg-accent-wash"
              onClick={() => setLanguage(name)}
            >
              {name}
            </Button>
          ))}
        </fieldset>
        <CopyButton text={text} label="Copy" />
      </div>
      <ScrollBox label={`First request in ${language}`} className="mt-3 rounded-md bg-raised px-4 py-3">
        <pre className="font-mono text-xs">{text}</pre>
      </ScrollBox>
    </div>
  );
}
