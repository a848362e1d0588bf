import { Language, type LanguageFacts } from './language.ts';

/** A language that is only spelled out when the writer gets there: so it may contain itself. */
export class LazyLanguage extends Language {
  readonly #spellOut: () => Language;
  #body: Language | undefined;

  constructor(id: number, facts: LanguageFacts, spellOut: () => Language) {
    super(id, facts);
    this.#spellOut = spellOut;
  }

  override forget(): void {
    super.forget();
    this.#body = undefined;
  }

  protected derive(byte: number): Language {
    this.#body ??= this.#spellOut();
    return this.#body.after(byte);
  }
}
