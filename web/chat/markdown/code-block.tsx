import { CopyButton } from '../copy-button.tsx';
import { CodeText } from './code-text.tsx';

/** Code as it is, with its language and a button that copies it. */
export function CodeBlock({ text, language }: { readonly text: string; readonly language: string }) {
  const name = language.trim().split(/\s/)[0]!.slice(0, 30);
  return (
    <figure className="code-block">
      <figcaption>
        <span>{name === '' ? 'Code' : name}</span>
        <CopyButton text={text} label="Copy code" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, so the keyboard must reach it */}
      <pre dir="ltr" tabIndex={0}>
        <CodeText text={text} language={name} />
      </pre>
    </figure>
  );
}
