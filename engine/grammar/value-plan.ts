/** What a value may be, before it is a language: which other values it holds, and how short it can be. */
import { arrayBytesMin } from './array-language.ts';
import type { Language } from './language.ts';
import type { StringRule } from './string-language.ts';

export interface ScalarPlan {
  readonly type: 'scalar';
  readonly language: Language;
}

export interface ArrayPlan {
  readonly type: 'array';
  readonly first: readonly ValueRule[];
  readonly others: ValueRule | undefined;
  readonly min: number;
  readonly max: number;
}

export interface PlannedProperty {
  readonly key: Uint8Array;
  readonly value: ValueRule;
  readonly isRequired: boolean;
}

export interface ObjectPlan {
  readonly type: 'object';
  readonly properties: readonly PlannedProperty[];
  readonly others: readonly { readonly name: StringRule; readonly value: ValueRule }[];
  /** How many members with other names there may be. */
  readonly othersMax: number;
  readonly mustHaveMembers: boolean;
}

export type ValuePlan = ScalarPlan | ArrayPlan | ObjectPlan;

/** A value that meets the same schemas, wherever it stands. */
export class ValueRule {
  readonly id: number;
  plans: readonly ValuePlan[] = [];
  /** Infinite until it is known that there is a value at all. */
  bytesMin = Number.POSITIVE_INFINITY;

  constructor(id: number) {
    this.id = id;
  }
}

/** Finds the length of each rule's shortest value: from those that hold no others up, until nothing changes any more. */
export function measure(rules: readonly ValueRule[], spend: (steps: number) => void): void {
  const users = new Map<ValueRule, Set<ValueRule>>();
  for (const rule of rules) {
    for (const part of rule.plans.flatMap(partsOf)) {
      if (!users.has(part)) users.set(part, new Set());
      users.get(part)!.add(rule);
    }
  }
  const waiting = new Set(rules);
  for (const rule of waiting) {
    waiting.delete(rule);
    spend(rule.plans.reduce((sum, plan) => sum + 1 + partsOf(plan).length, 0));
    const bytesMin = rule.plans.reduce((min, plan) => Math.min(min, bytesOf(plan)), Number.POSITIVE_INFINITY);
    if (bytesMin >= rule.bytesMin) continue;
    rule.bytesMin = bytesMin;
    for (const user of users.get(rule) ?? []) waiting.add(user);
  }
}

function partsOf(plan: ValuePlan): readonly ValueRule[] {
  if (plan.type === 'scalar') return [];
  if (plan.type === 'array') return plan.others ? [...plan.first, plan.others] : plan.first;
  return [...plan.properties, ...plan.others].map(({ value }) => value);
}

function bytesOf(plan: ValuePlan): number {
  if (plan.type === 'scalar') return plan.language.bytesMin;
  if (plan.type === 'array') {
    const itemBytes = (index: number) => (plan.first[index] ?? plan.others)?.bytesMin ?? Number.POSITIVE_INFINITY;
    return arrayBytesMin(itemBytes, plan.min, plan.first.length);
  }
  const memberBytes = ({ key, value }: PlannedProperty) => key.length + 1 + value.bytesMin;
  const required = plan.properties.filter(({ isRequired }) => isRequired);
  if (required.length > 0) return required.reduce((sum, property) => sum + 1 + memberBytes(property), 1);
  if (!plan.mustHaveMembers) return 2;
  const others = plan.others.map(({ name, value }) => nameBytes(name) + 1 + value.bytesMin);
  return 2 + Math.min(Number.POSITIVE_INFINITY, ...plan.properties.map(memberBytes), ...others);
}

function nameBytes({ automaton, costs }: StringRule): number {
  return costs.bytesMin(automaton?.start ?? -1, 0) + 2;
}
