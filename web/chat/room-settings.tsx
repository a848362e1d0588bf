import { useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { readFormat, readTools } from './build-request.ts';
import type { RoomStore } from './room-store.ts';

const TOOLS_EXAMPLE = JSON.stringify(
  [
    {
      name: 'get_weather',
      description: 'The weather at a place now',
      parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
    },
  ],
  null,
  2,
);
const SCHEMA_EXAMPLE = JSON.stringify(
  {
    type: 'object',
    properties: { answer: { type: 'string' } },
    required: ['answer'],
    additionalProperties: false,
  },
  null,
  2,
);

/** What all models of the room get with each question: tools, the shape of the answer, web search. */
export default function RoomSettings({ store, close }: { readonly store: RoomStore; readonly close: () => void }) {
  const { options } = store.room();
  const [tools, setTools] = useState(options.tools ?? '');
  const [schema, setSchema] = useState(options.schema ?? '');
  const [hasWeb, setWeb] = useState(options.hasWeb ?? false);
  const toolsProblem = problemOf(tools, readTools);
  const schemaProblem = problemOf(schema, readFormat);
  const save = () => {
    store.change((room) => ({
      ...room,
      options: { ...(tools.trim() && { tools }), ...(schema.trim() && { schema }), ...(hasWeb && { hasWeb }) },
    }));
    close();
  };
  return (
    <Dialog title="Tools and output" note="For all models of this room" close={close} shape="wide">
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <JsonField
          label="Tools"
          note="A list of functions. The call is shown, and you write what it gave: nothing is run."
          value={tools}
          write={setTools}
          problem={toolsProblem}
          example={TOOLS_EXAMPLE}
        />
        <JsonField
          label="Structured output"
          note="A JSON schema. Answers are checked against it here as well."
          value={schema}
          write={setSchema}
          problem={schemaProblem}
          example={SCHEMA_EXAMPLE}
        />
        <label className="flex items-start gap-2 text-sm">
          <input
            type="checkbox"
            className="mt-0.5 size-4"
            checked={hasWeb}
            onChange={(event) => setWeb(event.target.checked)}
          />
          <span>
            Search the web before each answer
            <span className="block text-soft">
              With the plugin <code>web</code>: the operator configures its search engine.
            </span>
          </span>
        </label>
        <div className="flex gap-2">
          <Button kind="main" type="submit" disabled={toolsProblem !== undefined || schemaProblem !== undefined}>
            Use for this room
          </Button>
          <Button onClick={close}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}

function problemOf(text: string, read: (text: string) => unknown): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    read(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'It cannot be read';
  }
}

interface JsonFieldProps {
  readonly label: string;
  readonly note: string;
  readonly value: string;
  readonly write: (text: string) => void;
  readonly problem: string | undefined;
  readonly example: string;
}

function JsonField({ label, note, value, write, problem, example }: JsonFieldProps) {
  return (
    <div>
      <label className="block text-sm">
        <span className="font-medium">{label}</span> <span className="text-soft">{note}</span>
        <textarea
          className="mt-1 block min-h-36 w-full rounded-md border border-line-strong bg-ground px-2 py-1.5 font-mono text-xs"
          dir="ltr"
          spellCheck={false}
          aria-invalid={problem !== undefined}
          value={value}
          onChange={(event) => write(event.target.value)}
        />
      </label>
      {problem && (
        <p className="text-sm text-bad" role="alert">
          {problem}
        </p>
      )}
      {value === '' && (
        <Button kind="quiet" className="text-xs" onClick={() => write(example)}>
          Put an example in
        </Button>
      )}
    </div>
  );
}
