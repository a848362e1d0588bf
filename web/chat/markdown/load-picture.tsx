import { useEffect, useState } from 'react';
import { errorOf, readJson, sendApi } from '../../api/fetch-api.ts';
import { Button } from '../../parts/button.tsx';
import { cleanText } from '../../text/clean-text.ts';
import { pastedKey } from '../pasted-key.ts';

type State =
  | { readonly step: 'asked' | 'loading' }
  | { readonly step: 'shown'; readonly url: string }
  | { readonly step: 'failed'; readonly reason: string };

/** Kinds that are pixels and nothing else. */
const PICTURE = /^image\/(?:png|jpeg|gif|webp)$/;

/**
 * A picture elsewhere, once it is asked for. The server fetches it, so that its host learns nothing of this browser, and the page's
 * policy stays as narrow as it is.
 */
export function LoadPicture({ address, name }: { readonly address: string; readonly name: string }) {
  const [state, setState] = useState<State>({ step: 'asked' });
  const url = state.step === 'shown' ? state.url : undefined;
  useEffect(() => () => (url === undefined ? undefined : URL.revokeObjectURL(url)), [url]);
  const load = async () => {
    setState({ step: 'loading' });
    try {
      setState({ step: 'shown', url: URL.createObjectURL(await fetchPicture(address)) });
    } catch (error) {
      setState({ step: 'failed', reason: error instanceof Error ? error.message : 'It could not be loaded.' });
    }
  };
  if (state.step === 'shown') {
    return <img className="my-2 block max-h-96 max-w-full rounded-md" src={state.url} alt={name || 'Without a name'} />;
  }
  return (
    <>
      , not loaded{' '}
      <Button disabled={state.step === 'loading'} onClick={() => void load()} title={address.slice(0, 500)}>
        {state.step === 'loading' ? 'Loading…' : 'Load picture'}
      </Button>
      <span role="status">{state.step === 'failed' && <> {cleanText(state.reason)}</>}</span>
    </>
  );
}

async function fetchPicture(address: string): Promise<Blob> {
  const key = pastedKey();
  const response = await sendApi('/api/x/pictures', {
    method: 'POST',
    body: { url: address },
    ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
  });
  if (!response.ok) throw errorOf(response, readJson(await response.text()));
  const type = response.headers.get('content-type') ?? '';
  if (!PICTURE.test(type)) throw new Error('What came is no picture.');
  return new Blob([await response.arrayBuffer()], { type });
}
