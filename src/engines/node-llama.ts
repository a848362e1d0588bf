/**
 * What is used of the package `node-llama-cpp`: llama.cpp inside a Node program, text only. We neither ship nor install it; whoever has
 * it in the data folder or beside us has an engine without installing another.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** How `models.json` and the command line call it, in the place of a path. */
export const NODE_LLAMA = 'node-llama-cpp';

export interface NodeLlamaPackage {
  readonly folder: string;
  readonly version: string;
}

const packageSchema = z.object({ name: z.literal(NODE_LLAMA), version: z.string().max(50) });

/** The first of the folders that has it in its `node_modules`. */
export function findNodeLlama(folders: readonly string[]): NodeLlamaPackage | undefined {
  for (const base of folders) {
    const folder = join(base, 'node_modules', NODE_LLAMA);
    const about = join(folder, 'package.json');
    if (!existsSync(about)) continue;
    try {
      return { folder, version: packageSchema.parse(JSON.parse(readFileSync(about, 'utf8'))).version };
    } catch {
      // Something else, or half of it.
    }
  }
  return undefined;
}

/** What the door is told by its first line. */
export const doorOrderSchema = z.strictObject({
  package: z.string(),
  model: z.string(),
  alias: z.string(),
  contextTokens: z.int().positive(),
  slots: z.int().positive(),
  threads: z.int().positive(),
  port: z.int().positive(),
  key: z.string().min(1),
});
export type DoorOrder = z.infer<typeof doorOrderSchema>;

export interface NodeLlama {
  getLlama(options: { build: 'never'; gpu: 'auto'; logLevel: 'error'; maxThreads: number }): Promise<Llama>;
  readonly LlamaChat: new (options: { contextSequence: Sequence; chatWrapper?: ChatWrapper }) => Chat;
  /** Tries all that it knows against the model's template: seconds. */
  resolveChatWrapper(model: Model): ChatWrapper;
  readonly JinjaTemplateChatWrapper: new (options: { template: string; tokenizer: unknown }) => ChatWrapper;
}

export interface Llama {
  loadModel(options: { modelPath: string; onLoadProgress(share: number): void }): Promise<Model>;
  createGrammarForJsonSchema(schema: unknown): Promise<Grammar>;
  getGrammarFor(type: 'json'): Promise<Grammar>;
}

export interface Model {
  readonly tokenizer: unknown;
  readonly fileInfo: { readonly metadata: { readonly tokenizer?: { readonly chat_template?: string } } };
  createContext(options: { contextSize: number; sequences: number }): Promise<Context>;
}

export interface Context {
  readonly contextSize: number;
  getSequence(): Sequence;
}

export interface Sequence {
  readonly tokenMeter: { getState(): { readonly usedInputTokens: number; readonly usedOutputTokens: number } };
}

export interface ChatWrapper {
  generateContextState(state: { chatHistory: readonly HistoryItem[] }): {
    readonly contextText: { tokenize(tokenizer: unknown): readonly unknown[] };
  };
}

export type HistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly string[] };

export type Grammar = { readonly grammar?: unknown };

export interface ChatOptions {
  readonly signal: AbortSignal;
  readonly stopOnAbortSignal: true;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly seed?: number;
  readonly customStopTriggers?: readonly string[];
  readonly repeatPenalty: false | { penalty?: number; frequencyPenalty?: number; presencePenalty?: number };
  readonly grammar?: Grammar;
  onTextChunk(text: string): void;
}

export interface Chat {
  readonly chatWrapper: ChatWrapper;
  generateResponse(
    history: readonly HistoryItem[],
    options: ChatOptions,
  ): Promise<{ readonly metadata: { readonly stopReason: string } }>;
}
