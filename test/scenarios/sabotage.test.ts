import { afterEach, describe, expect, test } from 'bun:test';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import type { GatewayParts } from '../../src/gateway/gateway-parts.ts';
import { answers, chunk, delta, STREAM_HEAD, sse } from '../support/scripted-provider.ts';
import type { TestHouse } from '../support/test-house.ts';
import { ask, CREDIT, closeScenes, left, scene } from './scene.ts';

afterEach(closeScenes);

describe('whichever operation fails', () => {
  /** Fails the n-th of everything that a request waits for or writes. Counts on when nothing is to fail. */
  class Saboteur {
    count = 0;
    isArmed = true;
    readonly at: number;

    constructor(at: number) {
      this.at = at;
    }

    step(what: string): void {
      if (this.isArmed) this.count++;
      if (this.isArmed && this.count === this.at) throw Object.assign(new Error(`sabotaged ${what}`), { code: 'EIO' });
    }
  }

  function sabotage(house: TestHouse, saboteur: Saboteur): void {
    const parts = house.parts as { -readonly [name in keyof GatewayParts]: GatewayParts[name] };
    const send = parts.fetch;
    parts.fetch = async (url, init) => {
      saboteur.step('fetch');
      const response = await send(url, init);
      saboteur.step('headers');
      if (!response.body) return response;
      const reader = response.body.getReader();
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const chunk = await reader.read();
          saboteur.step('read');
          if (chunk.done) controller.close();
          else controller.enqueue(chunk.value);
        },
        cancel: (reason) => reader.cancel(reason),
      });
      return new Response(body, { status: response.status, headers: response.headers });
    };
    const { journal, catalog } = parts;
    parts.catalog = () => {
      saboteur.step('catalog');
      return catalog();
    };
    parts.journal = new Proxy(journal, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'append' || typeof value !== 'function') return value;
        return (record: GenerationRecord) => {
          saboteur.step('append');
          value.call(target, record);
        };
      },
    });
    const { lease } = house.storage;
    house.storage.lease = (...query) => {
      saboteur.step('lease');
      return lease.apply(house.storage, query);
    };
  }

  test.each([
    ['a stream', true, false],
    ['a plain answer', false, false],
    ['a stream whose caller leaves', true, true],
  ])('%s ends truly, and its hold ends once', async (_, stream, leaves) => {
    let runs = 0;
    for (let at = 1; ; at++) {
      runs++;
      const { house, provider } = await scene(async (call) => {
        if (!call.stream || !leaves) return answers()(call);
        await call.write(STREAM_HEAD);
        await call.write(chunk(sse(delta('Hello'))));
      });
      const saboteur = new Saboteur(at);
      sabotage(house, saboteur);
      const controller = new AbortController();
      const response = await house.post(ask(stream), { signal: controller.signal });
      const reader = response.body!.getReader();
      reader.closed.catch(() => {});
      let text = '';
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        text += new TextDecoder().decode(piece.value);
        if (leaves && text.includes('Hello')) {
          controller.abort();
          await provider.closed;
          break;
        }
      }
      const isClean = response.status === 200 && (stream ? text.includes('[DONE]') : true);
      saboteur.isArmed = false;
      const appended = house.records().length;
      // An end that was seen is on disk.
      if (isClean && !leaves) expect([at, appended]).toEqual([at, 1]);
      if (!isClean && !leaves) expect([at, /"code":5\d\d/.test(text)]).toEqual([at, true]);
      expect([at, appended <= 1]).toEqual([at, true]);
      const charged = house.records().reduce((sum, { charge }) => sum + charge.chargedPico, 0n);
      expect([at, await left(house)]).toEqual([at, CREDIT - charged]);
      const isDone = saboteur.count < at;
      await closeScenes();
      if (isDone) break;
    }
    expect(runs).toBeGreaterThan(5);
  });
});
