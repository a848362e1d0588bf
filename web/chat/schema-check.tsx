import { useEffect, useState } from 'react';
import { cleanText } from '../text/clean-text.ts';
import { schemaOf } from './build-request.ts';
import { CodeBlock } from './markdown/code-block.tsx';
import { pretty } from './tool-calls.tsx';

interface Verdict {
  readonly fits: boolean;
  readonly problems: readonly string[];
}

const PROBLEMS_MAX = 5;

/** Does the answer fit the room's schema? The checker is loaded when the first such answer is there. */
export function SchemaCheck({ schema, text }: { readonly schema: string; readonly text: string }) {
  const [verdict, setVerdict] = useState<Verdict>();
  useEffect(() => {
    let isShown = true;
    void check(schema, text).then((found) => isShown && setVerdict(found));
    return () => {
      isShown = false;
    };
  }, [schema, text]);
  if (!verdict) return null;
  return (
    <details className="mt-2" open={!verdict.fits}>
      <summary className={`text-sm ${verdict.fits ? 'text-good' : 'text-bad'}`}>
        {verdict.fits ? 'Fits the schema' : 'Does not fit the schema'}
      </summary>
      <ul className="my-1 list-disc ps-5 text-sm">
        {verdict.problems.map((problem) => (
          <li key={problem}>
            <bdi>{cleanText(problem)}</bdi>
          </li>
        ))}
      </ul>
      <CodeBlock text={cleanText(pretty(stripFence(text)))} language="json" />
    </details>
  );
}

async function check(schema: string, text: string): Promise<Verdict> {
  let value: unknown;
  try {
    value = JSON.parse(stripFence(text));
  } catch (error) {
    return { fits: false, problems: [`It is no JSON: ${error instanceof Error ? error.message : ''}`] };
  }
  try {
    const { Validator } = await import('@cfworker/json-schema');
    const { valid, errors } = new Validator(schemaOf(schema), '2020-12', false).validate(value);
    const problems = errors.filter(({ keyword }) => keyword !== 'properties' && keyword !== 'items');
    return {
      fits: valid,
      problems: problems.slice(0, PROBLEMS_MAX).map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`),
    };
  } catch (error) {
    return { fits: false, problems: [error instanceof Error ? error.message : 'The schema could not be read'] };
  }
}

/** Some models wrap what they were asked for. */
function stripFence(text: string): string {
  return /^\s*```(?:json)?\n([\s\S]*?)\n```\s*$/.exec(text)?.[1] ?? text;
}
