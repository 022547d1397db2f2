const PATHS = {
  search: "M11 4a7 7 0 1 0 0 14a7 7 0 1 0 0-14M16.5 16.5L21 21",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.5v5M8 14.5v5",
  sound: "M4 10v4h4l5 4V6l-5 4zM17 9a4 4 0 0 1 0 6M19.5 6.5a8 8 0 0 1 0 11",
  muted: "M4 10v4h4l5 4V6l-5 4zM17 9.5l5 5M22 9.5l-5 5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  home: "M4 11.5L12 4l8 7.5M6.5 10v9.5h11V10",
  close: "M6 6l12 12M18 6L6 18",
  up: "M12 19V6M6 12l6-6 6 6",
  down: "M12 5v13M6 12l6 6 6-6",
  level: "M5 12h13M12 6l6 6-6 6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M7 7l10 10M17 7L7 17",
  pause: "M8 5v14M16 5v14",
  play: "M8 5l11 7-11 7z",
  phone:
    "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15a1.5 1.5 0 0 1-1.5 1.5H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3zM11 18h2",
  user: "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
  warning: "M12 4L2.5 20h19zM12 10v5M12 17.5v.5",
  chevron: "M9 6l6 6-6 6",
  layers: "M12 4l9 5-9 5-9-5zM4 13.5l8 4.5 8-4.5",
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing for the eye only: the control it sits in carries the name. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
