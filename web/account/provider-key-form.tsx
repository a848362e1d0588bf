import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { ProviderKeys, ProviderKeyTest } from '../../src/contract/provider-key.ts';
import { fetchApi } from '../api/fetch-api.ts';
import { useApi } from '../api/use-api.ts';
import { Button } from '../parts/button.tsx';
import { Outcome, SelectField, TextField } from '../parts/field.tsx';
import { duration } from '../text/numbers.ts';

/** Keeps a provider's key, encrypted, and tries it at once with a real call. */
export function ProviderKeyForm({ onDone }: { readonly onDone: () => void }) {
  const providers = useApi<ProviderKeys>('/api/x/provider-keys').data?.providers ?? [];
  const [test, setTest] = useState<ProviderKeyTest>();
  const add = useMutation({
    mutationFn: async (body: { provider: string; key: string }) => {
      setTest(undefined);
      await fetchApi('/api/x/provider-keys', { method: 'POST', body });
      return testKey(body.provider);
    },
    onSuccess: (result) => {
      setTest(result);
      onDone();
    },
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    add.mutate({ provider: String(form.get('provider')), key: String(form.get('key')) });
    event.currentTarget.reset();
  };
  const sorted = [...providers].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <form className="grid max-w-xl gap-3 sm:grid-cols-2" onSubmit={send}>
      <SelectField label="Provider" name="provider" required defaultValue="">
        <option value="" disabled>
          Choose one
        </option>
        {sorted.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <TextField
        label="Key"
        name="key"
        type="password"
        autoComplete="off"
        required
        maxLength={16_384}
        hint="Kept encrypted; never shown again"
      />
      <div className="sm:col-span-2">
        <Button type="submit" disabled={add.isPending}>
          {add.isPending ? 'Trying it…' : 'Add and test'}
        </Button>
        <Outcome error={add.error} />
        {test && <TestResult test={test} />}
      </div>
    </form>
  );
}

export function testKey(provider: string): Promise<ProviderKeyTest> {
  return fetchApi(`/api/x/provider-keys/${encodeURIComponent(provider)}/test`, { method: 'POST', body: {} });
}

export function TestResult({ test }: { readonly test: ProviderKeyTest }) {
  return (
    <p role="status" className={`mt-2 text-sm ${test.ok ? 'text-good' : 'text-bad'}`}>
      {test.ok ? 'It works' : 'It does not work'}: {test.message}
      {test.status !== null && ` Status ${test.status}`} after {duration(test.duration_ms)}.
    </p>
  );
}
