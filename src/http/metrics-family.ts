/** One value per set of labels, behind nested maps: finding it builds no string. */
export interface Cell {
  readonly labels: readonly LabelValue[];
}

export type LabelValue = string | number;

export interface FamilyOptions<C extends Cell> {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly labels: readonly string[];
  /** More sets of labels than this share one, in which every label says `other`. */
  readonly setsMax?: number;
  make(labels: readonly LabelValue[]): C;
  /** `print` writes the labels in braces, with another one at the end where it is given. */
  lines(name: string, print: (last?: string) => string, cell: C): readonly string[];
}

/** Model names come from configuration and engines: nobody may fill our memory, or the scraper's, with new ones. */
const SETS_MAX = 2_000;
const OTHER = 'other';

type Branch<C> = Map<LabelValue, Branch<C> | C>;

export class Family<C extends Cell> {
  readonly #options: FamilyOptions<C>;
  readonly #root: Branch<C> = new Map();
  readonly #cells: C[] = [];

  constructor(options: FamilyOptions<C>) {
    this.#options = options;
  }

  find(...labels: readonly LabelValue[]): C {
    let branch = this.#root;
    const last = labels.length - 1;
    for (let i = 0; i < last; i++) {
      const next = branch.get(labels[i]!) as Branch<C> | undefined;
      if (next === undefined) return this.#add(labels);
      branch = next;
    }
    return (branch.get(labels[last]!) as C | undefined) ?? this.#add(labels);
  }

  render(): readonly string[] {
    const { name, help, type, lines } = this.#options;
    if (this.#cells.length === 0) return [];
    return [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...this.#cells.flatMap((cell) => lines(name, (last) => this.#print(cell, last), cell)),
    ];
  }

  #add(labels: readonly LabelValue[]): C {
    const { make, setsMax = SETS_MAX } = this.#options;
    const isOther = labels.every((label) => label === OTHER);
    if (this.#cells.length >= setsMax && !isOther) return this.find(...labels.map(() => OTHER));
    let branch = this.#root;
    for (const label of labels.slice(0, -1)) {
      const next = (branch.get(label) as Branch<C> | undefined) ?? new Map();
      branch.set(label, next);
      branch = next;
    }
    const cell = make(labels);
    branch.set(labels.at(-1)!, cell);
    this.#cells.push(cell);
    return cell;
  }

  #print(cell: C, last?: string): string {
    const pairs = this.#options.labels.map((label, i) => `${label}="${escapeLabel(String(cell.labels[i]))}"`);
    return `{${(last === undefined ? pairs : [...pairs, last]).join(',')}}`;
  }
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}
