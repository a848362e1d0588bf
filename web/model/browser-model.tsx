import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { type BrowserEngine, openBrowserEngine } from './browser-engine.ts';

const PICTURE_BYTES_MAX = 10 * 1024 * 1024;
const LOOK = 'w-full rounded-md border border-line-strong bg-surface px-3 py-2';

/** The bundled model, in the visitor's own browser. Weights load with the first question: who only reads fetches nothing. */
export default function BrowserModel() {
  const engine = useRef<BrowserEngine>(undefined);
  const [question, setQuestion] = useState('What are you?');
  const [picture, setPicture] = useState<File>();
  const [answer, setAnswer] = useState('');
  const [state, setState] = useState('Loads about 5 MB when you run it.');
  const [isBusy, setBusy] = useState(false);
  useEffect(() => () => engine.current?.close(), []);
  const ask = async () => {
    setBusy(true);
    setAnswer('');
    try {
      const url = picture && (await readPicture(picture));
      if (!engine.current) setState('Loading the model…');
      engine.current ??= await openBrowserEngine();
      setState('Thinking…');
      const startedMs = performance.now();
      const text = { type: 'text', text: question };
      const content = url === undefined ? question : [{ type: 'image_url', image_url: { url } }, text];
      const ended = await engine.current.ask(content, (piece) => setAnswer((so) => so + piece));
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(2);
      const { promptTokens, outputTokens } = ended ?? {};
      setState(
        ended ? `${promptTokens} tokens read, ${outputTokens} written in ${seconds} s, in this browser.` : 'Stopped.',
      );
    } catch (error) {
      setState(`The model does not run in this browser: ${error instanceof Error ? error.message : error}`);
    }
    setBusy(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void ask();
  };
  return (
    <form className="grid max-w-3xl grid-cols-1 gap-3" onSubmit={submit}>
      <label className="grid gap-1 text-sm">
        Question
        <textarea
          id="question"
          className={LOOK}
          rows={2}
          maxLength={2000}
          required
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
        />
      </label>
      <label className="grid gap-1 text-sm">
        Picture, if you like: one coloured shape on a plain ground
        <input
          id="picture"
          className={LOOK}
          type="file"
          accept="image/png,image/jpeg,image/webp,image/gif"
          onChange={(event) => setPicture(event.target.files?.[0])}
        />
      </label>
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" kind="main" disabled={isBusy}>
          Run
        </Button>
        <Button disabled={!isBusy} onClick={() => engine.current?.cancel()}>
          Stop
        </Button>
        <span id="state" className="figures text-sm text-soft" role="status">
          {state}
        </span>
      </div>
      <label className="grid gap-1 text-sm" htmlFor="answer">
        Answer
      </label>
      <output id="answer" htmlFor="question" aria-live="polite" className={`${LOOK} min-h-16 whitespace-pre-wrap`}>
        {answer}
      </output>
    </form>
  );
}

async function readPicture(file: File): Promise<string> {
  if (file.size > PICTURE_BYTES_MAX) throw new Error('The picture is too large.');
  const reader = new FileReader();
  return await new Promise((resolve, reject) => {
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error ?? new Error('The picture could not be read.'));
    reader.readAsDataURL(file);
  });
}
