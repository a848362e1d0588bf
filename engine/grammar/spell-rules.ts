/** Makes languages of measured rules. */
import { array } from './array-language.ts';
import type { Language, Languages } from './language.ts';
import { LazyLanguage } from './lazy-language.ts';
import { ObjectRule, object } from './object-language.ts';
import type { ArrayPlan, ObjectPlan, ValuePlan, ValueRule } from './value-plan.ts';

export class RuleSpeller {
  readonly #languages: Languages;
  readonly #known = new Map<ValueRule, Language>();

  constructor(languages: Languages) {
    this.#languages = languages;
  }

  spell(rule: ValueRule): Language {
    const known = this.#known.get(rule);
    if (known) return known;
    const made = this.#make(rule);
    this.#known.set(rule, made);
    return made;
  }

  #make(rule: ValueRule): Language {
    const [plan, ...more] = rule.plans;
    if (plan?.type === 'scalar' && more.length === 0) return plan.language;
    // A value may hold itself: it is spelled out when the writer gets there, once for all places that it stands in.
    let body: Language | undefined;
    const spellOut = () => (body ??= this.#languages.either(rule.plans.map((plan) => this.#ofPlan(plan))));
    return this.#languages.intern(
      `rule ${rule.id}`,
      (id) => new LazyLanguage(id, { bytesMin: rule.bytesMin }, spellOut),
    );
  }

  #ofPlan(plan: ValuePlan): Language {
    if (plan.type === 'scalar') return plan.language;
    return plan.type === 'array' ? this.#array(plan) : this.#object(plan);
  }

  #array({ first, others, min, max }: ArrayPlan): Language {
    const rules = first.map((rule) => this.spell(rule));
    const possible = rules.indexOf(this.#languages.none);
    const count = possible < 0 ? rules.length : possible;
    const more = possible < 0 && others ? this.spell(others) : this.#languages.none;
    const hasMore = more !== this.#languages.none;
    const most = hasMore ? max : Math.min(max, count);
    if (min > most) return this.#languages.none;
    return array(this.#languages, {
      id: this.#languages.newNumber(),
      first: rules.slice(0, count),
      others: hasMore ? more : undefined,
      min,
      max: most,
    });
  }

  #object(plan: ObjectPlan): Language {
    const { none } = this.#languages;
    const properties = plan.properties.map(({ key, value, isRequired }) => ({
      key,
      value: this.spell(value),
      isRequired,
    }));
    if (properties.some(({ value, isRequired }) => isRequired && value === none)) return none;
    const rule = new ObjectRule({
      id: this.#languages.newNumber(),
      properties: properties.filter(({ value }) => value !== none),
      others: plan.others
        .map(({ name, value }) => ({ name, value: this.spell(value) }))
        .filter(({ value }) => value !== none),
      othersMax: plan.othersMax,
      mustHaveMembers: plan.mustHaveMembers,
    });
    return object(this.#languages, rule);
  }
}
