/** A package for tests with the face of `node-llama-cpp`: words are its tokens, and it says again what it was asked. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts the package into the folder's `node_modules`. */
export function makeFakeNodeLlama(folder: string): void {
  const place = join(folder, 'node_modules', 'node-llama-cpp');
  mkdirSync(join(place, 'dist'), { recursive: true });
  writeFileSync(
    join(place, 'package.json'),
    JSON.stringify({ name: 'node-llama-cpp', version: '3.22.1', type: 'module' }),
  );
  writeFileSync(join(place, 'dist', 'index.js'), PROGRAM);
}

const PROGRAM = `
import { existsSync } from 'node:fs';
const wordsOf = (text) => text.split(/\\s+/).filter(Boolean);
export async function getLlama(options) {
  if (options.build !== 'never') throw new Error('it must never build');
  return {
    async loadModel({ modelPath, onLoadProgress }) {
      for (const share of [0.25, 0.5, 1]) onLoadProgress(share);
      if (modelPath.includes('broken')) throw new Error('unknown model architecture: poet');
      return {
        tokenizer: wordsOf,
        fileInfo: { metadata: { tokenizer: { chat_template: '{{ messages }}' } } },
        async createContext({ contextSize, sequences }) {
          let left = sequences;
          return {
            contextSize,
            getSequence() {
              if (left-- <= 0) throw new Error('no sequence left');
              const used = { usedInputTokens: 0, usedOutputTokens: 0 };
              return { used, seen: new Set(), tokenMeter: { getState: () => ({ ...used }) } };
            },
          };
        },
      };
    },
    createGrammarForJsonSchema: async (schema) => ({ says: JSON.stringify(schema) }),
    getGrammarFor: async (type) => ({ says: type }),
  };
}
export class JinjaTemplateChatWrapper {
  generateContextState({ chatHistory }) {
    const text = chatHistory.map((item) => item.text ?? item.response.join('')).join(' ');
    return { contextText: { text, tokenize: (tokenizer) => tokenizer(text) } };
  }
}
export function resolveChatWrapper() {
  throw new Error('it has a template');
}
export class LlamaChat {
  constructor({ contextSequence, chatWrapper }) {
    this.sequence = contextSequence;
    this.chatWrapper = chatWrapper;
  }
  async generateResponse(history, options) {
    const prompt = this.chatWrapper.generateContextState({ chatHistory: history }).contextText.text;
    const { used, seen } = this.sequence;
    if (!seen.has(prompt)) used.usedInputTokens += wordsOf(prompt).length;
    seen.add(prompt);
    const asked = history.findLast((item) => item.type === 'user').text;
    if (asked === 'fail') throw new Error('the graph could not be computed');
    if (asked.startsWith('wait for ')) {
      while (!existsSync(asked.slice(9)) && !options.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const { onTextChunk, signal, stopOnAbortSignal, grammar, ...plain } = options;
    const said = asked === 'options' ? JSON.stringify(plain) : grammar ? grammar.says : 'echo: ' + asked;
    let stopReason = 'eogToken';
    for (const [index, word] of said.split(/(?<= )/).entries()) {
      if (signal.aborted) return { metadata: { stopReason: 'abort' } };
      if (index >= options.maxTokens) {
        stopReason = 'maxTokens';
        break;
      }
      used.usedOutputTokens += 1;
      onTextChunk(word);
    }
    return { metadata: { stopReason } };
  }
}
`;
