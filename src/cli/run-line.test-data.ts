import { WoundClock } from '../base/clock.ts';
import type { CliTools } from './cli-tools.ts';
import { runCommand } from './run-command.ts';

export const NOW_MS = Date.UTC(2026, 10, 24);

/** Runs a command over a house in memory; `tools` replaces what the sentence is about. */
export async function runLine(line: string, tools: Partial<CliTools> = {}) {
  let out = '';
  let err = '';
  const absent = async () => {
    throw new Error('not part of this test');
  };
  const code = await runCommand(line.split(' ').filter(Boolean), {
    version: '1.2.3',
    clock: new WoundClock(NOW_MS),
    terminal: { isTty: false },
    serve: absent,
    createKey: absent,
    listKeys: absent,
    revokeKey: absent,
    listModels: absent,
    listProviders: absent,
    saveProviderKey: absent,
    deleteProviderKey: absent,
    readInput: absent,
    addCredit: absent,
    balance: absent,
    makeClaimLink: absent,
    backUp: absent,
    restore: absent,
    listUsers: absent,
    inviteUser: absent,
    setUserRole: absent,
    resetPassword: absent,
    runDemo: absent,
    removeDemo: absent,
    explain: absent,
    doctor: absent,
    verifyScout: absent,
    addModel: absent,
    removeModel: absent,
    wishModel: absent,
    listLocalModels: absent,
    askLine: absent,
    ...tools,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}
