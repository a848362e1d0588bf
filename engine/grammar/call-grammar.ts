/** Calls of functions as JSON: `{"name": "get_weather", "parameters": {"city": "Paris"}}`, or a list of such. */
import { freeText } from './free-text.ts';
import type { Language, Languages } from './language.ts';
import { colon, comma, gap } from './spacing.ts';

export interface CallableFunction {
  readonly name: string;
  /** JSON objects that it takes. */
  readonly parameters: Language;
}

/** One call, or several in a list where that is wanted. */
export function calls(languages: Languages, functions: readonly CallableFunction[], isSeveral: boolean): Language {
  const any = languages.either(functions.map((one) => call(languages, one)));
  if (!isSeveral) return any;
  const around = gap(languages);
  const more = languages.repeat(languages.sequence(comma(languages), any), 0, CALLS_MAX - 1);
  const list = languages.sequence(languages.text('['), around, any, more, around, languages.text(']'));
  return languages.either([any, list]);
}

/** Text of any kind, in which a call of one of the functions, once begun as JSON, is one that the function takes. */
export function textWithCalls(languages: Languages, functions: readonly CallableFunction[]): Language {
  return freeText(
    languages,
    functions.map(({ name, parameters }) => ({
      name,
      rest: languages.sequence(comma(languages), parametersAndEnd(languages, parameters)),
    })),
  );
}

const CALLS_MAX = 128;

function call(languages: Languages, { name, parameters }: CallableFunction): Language {
  return languages.sequence(
    languages.text('{'),
    gap(languages),
    languages.text('"name"'),
    colon(languages),
    languages.text(JSON.stringify(name)),
    comma(languages),
    parametersAndEnd(languages, parameters),
  );
}

function parametersAndEnd(languages: Languages, parameters: Language): Language {
  const end = languages.sequence(gap(languages), languages.text('}'));
  return languages.sequence(languages.text('"parameters"'), colon(languages), parameters, end);
}
