interface Props<V extends string | number> {
  label: string;
  options: readonly { value: V; text: string }[];
  value: V | null;
  onChange: (value: V) => void;
  small?: boolean;
}

/** A choice of one among few, all of them in sight. */
export function Segmented<V extends string | number>({
  label,
  options,
  value,
  onChange,
  small = true,
}: Props<V>) {
  return (
    <fieldset className={`segmented${small ? " small" : ""}`}>
      <legend className="visually-hidden">{label}</legend>
      {options.map((option) => (
        <button
          type="button"
          key={option.value}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.text}
        </button>
      ))}
    </fieldset>
  );
}
