import { type FormEvent, useState } from 'react';
import type { PresetView } from '../../src/contract/preset.ts';
import { useApiChange } from '../api/use-api.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Outcome, TextField } from '../parts/field.tsx';
import { WhatChanges } from '../routing/diff-view.tsx';
import { JsonField } from '../routing/json-field.tsx';
import { fieldText, numberOf, type Provider, withField } from '../routing/provider-draft.ts';
import { ProviderFields } from '../routing/provider-fields.tsx';
import { SaidField } from '../routing/said-field.tsx';
import { bodyOf, draftOf, NEW_PRESET, type PresetDraft, printVersion, slugOf } from './preset-draft.ts';
import { PresetVersions } from './preset-versions.tsx';

export interface PresetEditorProps {
  /** Absent for a new one. */
  readonly known?: PresetView;
  readonly mayWrite: boolean;
  close(): void;
}

/** One preset: its settings as form and JSON, what a save would change, and its versions. */
export default function PresetEditor({ known, mayWrite, close }: PresetEditorProps) {
  const before = known ? draftOf(known) : NEW_PRESET;
  const [draft, setDraft] = useState<PresetDraft>(before);
  const slug = known?.slug ?? (draft.slug || slugOf(draft.name));
  const save = useApiChange<PresetDraft>(
    (wanted) => ({
      path: `/api/x/presets/${encodeURIComponent(slug)}`,
      method: 'PUT',
      body: bodyOf(wanted, known?.versions ?? 0),
    }),
    ['/api/x/presets', '/api/v1/presets'],
  );
  const set = (change: Partial<PresetDraft>) => setDraft({ ...draft, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Another version is another editor: this one may be gone when the answer comes.
    void save.mutateAsync(draft).then(close, () => undefined);
  };
  const print = ({ systemPrompt, config }: PresetDraft) =>
    printVersion({ system_prompt: systemPrompt === '' ? null : systemPrompt, config });
  return (
    <Dialog
      shape="wide"
      title={known ? known.name : 'New preset'}
      note={slug !== '' && <code className="font-mono text-xs">@preset/{slug}</code>}
      close={close}
    >
      <form onSubmit={submit} className="space-y-6" noValidate>
        <fieldset disabled={!mayWrite} className="space-y-6">
          <legend className="sr-only">Settings</legend>
          <Names draft={draft} set={set} slug={slug} isNew={!known} />
          <Instructions text={draft.systemPrompt} set={(systemPrompt) => set({ systemPrompt })} />
          <Settings draft={draft} set={set} mayWrite={mayWrite} />
        </fieldset>
        {known && <WhatChanges before={print(before)} after={print(draft)} />}
        {mayWrite && (
          <Button kind="main" type="submit" disabled={save.isPending || slug === ''}>
            {save.isPending ? 'Saving…' : `Save as version ${(known?.versions ?? 0) + 1}`}
          </Button>
        )}
        <Outcome error={save.error} />
      </form>
      {known && <PresetVersions preset={known} mayWrite={mayWrite} />}
    </Dialog>
  );
}

interface PartProps {
  readonly draft: PresetDraft;
  set(change: Partial<PresetDraft>): void;
}

function Names({ draft, set, slug, isNew }: PartProps & { readonly slug: string; readonly isNew: boolean }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Name"
        hint="For people."
        value={draft.name}
        maxLength={100}
        onChange={({ target }) => set({ name: target.value })}
      />
      <TextField
        label="Slug"
        hint={isNew ? 'What requests say. It stays as it is.' : 'Requests say it: it stays.'}
        value={slug}
        maxLength={64}
        disabled={!isNew}
        onChange={({ target }) => set({ slug: target.value })}
      />
      <TextField
        className="sm:col-span-2"
        label="Description"
        hint="What it is for."
        value={draft.description}
        maxLength={500}
        onChange={({ target }) => set({ description: target.value })}
      />
    </div>
  );
}

function Instructions({ text, set }: { readonly text: string; set(text: string): void }) {
  return (
    <label className="block text-sm font-medium">
      System prompt
      <textarea
        rows={4}
        maxLength={100_000}
        className="mt-1 w-full rounded-md border border-line-strong bg-surface px-2.5 py-1.5 text-sm font-normal"
        value={text}
        onChange={({ target }) => set(target.value)}
      />
      <span className="text-xs font-normal text-soft">
        Stands first in a conversation, unless the request brings instructions of its own.
      </span>
    </label>
  );
}

const NUMBERS = [
  ['temperature', 'Temperature', '0 to 2'],
  ['top_p', 'Top p', '0 to 1'],
  ['max_tokens', 'Most tokens of an answer', 'A whole number'],
  ['seed', 'Seed', 'A whole number'],
] as const;

function Settings({ draft, set, mayWrite }: PartProps & { readonly mayWrite: boolean }) {
  const { config } = draft;
  const change = (next: Provider) => set({ config: next });
  return (
    <div className="grid gap-6 lg:grid-cols-[3fr_2fr]">
      <div className="space-y-6">
        <div className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
          <TextField
            className="sm:col-span-2"
            label="Model"
            hint="Empty: whoever uses the preset says the model."
            value={fieldText(config, 'model') ?? ''}
            placeholder="author/name"
            onChange={({ target }) => change(withField(config, 'model', target.value.trim() || undefined))}
          />
          {NUMBERS.map(([name, label, hint]) => (
            <SaidField
              key={name}
              of={config}
              {...{ name, label, hint, change }}
              isReadOnly={!mayWrite}
              isNumber
              read={numberOf}
            />
          ))}
        </div>
        <details>
          <summary className="cursor-pointer text-sm font-medium">Providers</summary>
          <div className="mt-3">
            <ProviderFields
              provider={(config.provider as Provider | undefined) ?? {}}
              isReadOnly={!mayWrite}
              change={(provider) =>
                change(withField(config, 'provider', Object.keys(provider).length > 0 ? provider : undefined))
              }
            />
          </div>
        </details>
      </div>
      <JsonField
        label="As JSON"
        hint="Fields of a chat completion: models, tools, plugins, response_format, reasoning, stop and others too."
        value={config}
        change={change}
        isReadOnly={!mayWrite}
        rows={18}
      />
    </div>
  );
}
