/** A few words of which one is chosen. */
export function Choice<Id extends string>(props: {
  readonly name: string;
  readonly options: readonly (readonly [Id, string])[];
  readonly chosen: Id;
  readonly choose: (id: Id) => void;
}) {
  return (
    <fieldset className="m-0 inline-flex flex-wrap rounded-md border border-line-strong p-0.5">
      <legend className="sr-only">{props.name}</legend>
      {props.options.map(([id, word]) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === props.chosen}
          onClick={() => props.choose(id)}
          className="min-h-8 rounded-sm px-3 text-sm aria-pressed:bg-ink aria-pressed:text-ground pointer-coarse:min-h-11"
        >
          {word}
        </button>
      ))}
    </fieldset>
  );
}
