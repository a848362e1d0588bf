import { useState } from 'react';
import { sampleRequest } from '../log/sample-request.ts';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import type { KeyMade } from './key-form.tsx';

/** The only time that a key is seen. Closing without having taken it asks once more. */
export default function NewSecret(props: { readonly made: KeyMade; readonly address: string; close(): void }) {
  const { made, address, close } = props;
  const [isTaken, setTaken] = useState(false);
  const [isAsked, setAsked] = useState(false);
  const tryClose = () => (isTaken || isAsked ? close() : setAsked(true));
  const download = () => {
    const text = `TRUNKLINE_API_KEY=${made.key}\nOPENAI_API_KEY=${made.key}\nOPENAI_BASE_URL=${address}/api/v1\n`;
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = '.env';
    link.click();
    URL.revokeObjectURL(url);
    setTaken(true);
  };
  return (
    <Dialog
      shape="wide"
      title="Take this key now"
      close={tryClose}
      note="It is shown this once; only its hash is kept."
    >
      <p className="text-sm">
        <bdi className="font-medium">{made.data.name}</bdi>
      </p>
      <output className="mt-2 block rounded-md bg-raised px-4 py-3 font-mono text-sm break-all" data-secret>
        {made.key}
      </output>
      <div className="mt-3 flex flex-wrap gap-2">
        <CopyButton kind="main" text={made.key} label="Copy the key" copied={() => setTaken(true)} />
        <Button onClick={download}>Download .env</Button>
      </div>
      <h3 className="mt-6 text-sm font-semibold">Try it</h3>
      <pre className="mt-2 overflow-x-auto rounded-md bg-raised px-4 py-3 font-mono text-xs whitespace-pre-wrap">
        {sampleRequest('curl', address, made.key)}
      </pre>
      <div className="mt-3 flex flex-wrap gap-2">
        <CopyButton
          text={sampleRequest('curl', address, made.key)}
          label="Copy the command"
          copied={() => setTaken(true)}
        />
        <Button className="ml-auto" onClick={tryClose}>
          Done
        </Button>
      </div>
      {isAsked && !isTaken && (
        <div className="mt-4 flex flex-wrap items-center gap-2 rounded-md bg-warn-wash px-4 py-3 text-sm" role="alert">
          <p className="flex-1">You have not copied it. Once this is closed nobody can show it again.</p>
          <Button kind="danger" onClick={close}>
            Close without it
          </Button>
        </div>
      )}
    </Dialog>
  );
}
