/** Each judge of an answer, with answers that it must accept and answers that it must refuse. */
import { expect, test } from 'bun:test';
import { whatIsWrong } from './ask-plainly.ts';
import { pictureQuestions } from './picture-checks.ts';
import { compareUsage, isCounted, judgeLogprobs, judgeStop } from './stream-checks.ts';
import { textQuestions } from './text-checks.ts';
import { judgeCall, judgeNovel, saysMinusSeven } from './tool-checks.ts';

const question = (id: string) => [...textQuestions, ...pictureQuestions].find((plain) => plain.id === id)!;

test.each([
  [
    'facts-capital',
    ['Canberra', 'Canberra.', '**Canberra**', 'The capital of Australia is Canberra.'],
    ['Sydney', '', 'Canberras'],
  ],
  ['facts-gold', ['Au', 'Au.', 'The symbol is Au'], ['Ag', 'AU$', 'au']],
  ['facts-planet', ['Mercury'], ['Venus', 'mercurial']],
  ['facts-hamlet', ['Shakespeare', 'William Shakespeare'], ['Marlowe']],
  ['facts-war', ['1945', 'In 1945.'], ['1944', '19450']],
  ['facts-hexagon', ['6', 'six', 'Six.'], ['16', '8']],
  ['facts-ocean', ['Pacific', 'The Pacific Ocean'], ['Atlantic']],
  ['facts-boiling', ['100', '100 °C', '100°C'], ['212', '1000']],
  ['facts-brazil', ['Portuguese'], ['Spanish', 'Brazilian']],
  ['facts-element', ['Hydrogen', 'hydrogen'], ['Helium', 'H']],
  ['arithmetic-product', ['391', '17 × 23 = 391'], ['3910', '381', '39.1']],
  ['arithmetic-time', ['17:25', '17:25.'], ['17:15', '117:25']],
  [
    'translation-german',
    ['Die Katze schläft unter dem Tisch.', '"Die Katze schlaeft unter dem Tisch"'],
    ['Die Katze schläft auf dem Tisch.', 'The cat sleeps under the table.'],
  ],
  ['pictures-colour', ['blue', 'The disc is blue.'], ['red', 'blue or green', 'bluish']],
  ['pictures-count', ['5', 'Five', 'There are 5 squares'], ['4', '15', 'fifty']],
  ['pictures-left-right', ['left', 'Left.', 'On the left side'], ['right', 'top', 'top left', 'leftover']],
  ['pictures-above-below', ['bottom', 'Bottom'], ['top', 'right', 'bottom right']],
  ['pictures-text', ['MAPLE 74', 'maple 74', 'MAPLE\n74'], ['MAPLE', 'MAPLE 47', 'MAPLES 74']],
  ['pictures-large', ['green', 'Green'], ['red', 'yellow', 'green and blue']],
] as const)('%s', (id, right, wrong) => {
  for (const text of right) expect([text, whatIsWrong(question(id), text)]).toEqual([text, undefined]);
  for (const text of wrong) expect([text, typeof whatIsWrong(question(id), text)]).toEqual([text, 'string']);
});

test('every question on text and pictures has a row above', () => {
  expect([...textQuestions, ...pictureQuestions].length).toBe(19);
});

test('marks of the chat template are no part of an answer', () => {
  const why = 'marks of the chat template stand in the answer';
  for (const mark of ['<|eot|>', '<|header_start|>assistant<|header_end|>', '<|end_of_text|>'])
    expect(whatIsWrong(question('facts-capital'), `Canberra${mark}`)).toBe(why);
  expect(whatIsWrong(question('facts-capital'), 'Canberra <| |>')).toBeUndefined();
});

test('a right word somewhere in a long answer proves nothing', () => {
  const list =
    'Sydney, Melbourne, Perth, Brisbane, Adelaide, Hobart, Darwin, Canberra, Cairns, Geelong, Ballarat, Bendigo, Mackay, Dubbo, Orange, Nowra';
  expect(whatIsWrong(question('facts-capital'), list)).toBe('too many words for this question');
});

const call = (argumentsJson: string, name = 'get_weather') => judgeCall({ id: '1', name, argumentsJson });
test.each([
  ['the call', call('{"city":"Oslo","unit":"celsius"}'), 'passed'],
  ['a country with it', call('{"unit":"celsius","city":"Oslo, Norway"}'), 'passed'],
  ['another tool', call('{"city":"Oslo","unit":"celsius"}', 'weather'), 'another tool was called'],
  ['another city', call('{"city":"Bergen","unit":"celsius"}'), 'other arguments'],
  ['another unit', call('{"city":"Oslo","unit":"fahrenheit"}'), 'other arguments'],
  ['a missing argument', call('{"city":"Oslo"}'), 'other arguments'],
  ['half a call', call('{"city":"Os'), 'the arguments are not JSON'],
] as const)('of tool calls, %s', (_, finding, expected) => {
  expect(finding.outcome === 'passed' ? 'passed' : finding.why).toBe(expected);
});

const NOVEL = { title: 'Frankenstein', year: 1818, authors: ['Mary Shelley'], language: 'English' };
test.each([
  ['the object', JSON.stringify(NOVEL), 'passed'],
  ['white space around it', `\n ${JSON.stringify(NOVEL, undefined, 2)} \n`, 'passed'],
  ['a fence around it', `\`\`\`json\n${JSON.stringify(NOVEL)}\n\`\`\``, 'the answer is not JSON'],
  ['a field too many', JSON.stringify({ ...NOVEL, pages: 280 }), 'the answer does not fit: the whole'],
  ['a year as a text', JSON.stringify({ ...NOVEL, year: '1818' }), 'the answer does not fit: year'],
  [
    'another language and no author',
    JSON.stringify({ ...NOVEL, authors: [], language: 'Latin' }),
    'the answer does not fit: authors, language',
  ],
  ['nothing', '', 'the answer is not JSON'],
] as const)('of answers held to a schema, %s', (_, text, expected) => {
  const finding = judgeNovel(text);
  expect(finding.outcome === 'passed' ? 'passed' : finding.why).toBe(expected);
});

test.each([
  ['It is -7 °C.', true],
  ['It is −7°C in Oslo', true],
  ['minus seven degrees', true],
  ['It is 7 °C.', false],
  ['It is -70 °C.', false],
])('"%s" tells the temperature: %p', (text, expected) => expect(saysMinusSeven(text)).toBe(expected));

test.each([
  ['1, 2, 3, 15, 16, ', 'stop', 'passed'],
  ['1, 2, 3, 15, 16, 17', 'stop', 'the answer went on past the stop text'],
  ['15, 16, 18', 'stop', 'the answer went on past the stop text'],
  ['1, 2', 'stop', 'the answer ended before it reached the stop text'],
  ['15, 16, ', 'length', 'the finish reason is not "stop"'],
  ['15, 16, ', undefined, 'the finish reason is not "stop"'],
] as const)('"%s" with the finish reason %p', (text, finishReason, expected) => {
  const finding = judgeStop({ text, ...(finishReason && { finishReason }) });
  expect(finding.outcome === 'passed' ? 'passed' : finding.why).toBe(expected);
});

const numbers = Array.from({ length: 60 }, (_, i) => i + 1);
test.each([
  ['with commas', numbers.join(', '), true],
  ['on lines', numbers.join('\n'), true],
  ['without 31', numbers.filter((number) => number !== 31).join(', '), false],
  ['cut', numbers.slice(0, 59).join(', '), false],
  ['backwards', numbers.toReversed().join(', '), false],
] as const)('numbers %s', (_, text, expected) => expect(isCounted(text)).toBe(expected));

const said = (text: string, promptTokens: number, completionTokens: number, totalTokens?: number) => ({
  text,
  usage: { promptTokens, completionTokens, ...(totalTokens !== undefined && { totalTokens }) },
});
test.each([
  ['the same', said('a', 9, 2, 11), said('a', 9, 2, 11), 'passed'],
  ['the same without totals', said('a', 9, 2), said('a', 9, 2), 'passed'],
  ['other words of another length', said('a', 9, 2), said('b c', 9, 3), 'passed'],
  ['a wrong total', said('a', 9, 2, 12), said('a', 9, 2, 11), 'a total is not the sum of its parts'],
  ['another prompt', said('a', 9, 2), said('a', 8, 2), 'the prompt is counted differently'],
  ['another count of the same words', said('a', 9, 2), said('a', 9, 3), 'the same answer is counted differently'],
  ['none in the answer', { text: 'a' }, said('a', 9, 2), 'the whole answer says nothing of tokens'],
  ['none in the stream', said('a', 9, 2), { text: 'a' }, 'the stream says nothing of tokens, though it was asked to'],
] as const)('of usage, %s', (_, whole, streamed, expected) => {
  const finding = compareUsage(whole, streamed);
  expect(finding.outcome === 'passed' ? 'passed' : finding.why).toBe(expected);
});

const place = (token: string, logprob: number, others: readonly number[] = []) => ({
  ...{ token, logprob },
  top_logprobs: [{ token, logprob }, ...others.map((other, i) => ({ token: `x${i}`, logprob: other }))],
});
test.each([
  ['the likeliest', [place('one', -0.1, [-3, -4])], 'passed'],
  ['two as likely', [place('one', -0.7, [-0.695])], 'passed'],
  [
    'a likelier one left out',
    [place('one', -2, [-0.2])],
    'a token was chosen at temperature 0 that is not the likeliest',
  ],
  ['more than certain', [place('one', 0.5)], 'a probability above 1'],
  ['none', [], 'the log-probabilities have another form'],
] as const)('of log-probabilities, %s', (_, content, expected) => {
  const finding = judgeLogprobs({ content });
  expect(finding.outcome === 'passed' ? 'passed' : finding.why).toBe(expected);
});
