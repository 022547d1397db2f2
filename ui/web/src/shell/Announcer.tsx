import { announcement } from "../attention/alarm";
import { useStore } from "../state/store";

/** The alarm in words for screen readers, at most one in five seconds. */
export function Announcer() {
  const text = useStore(announcement);
  return (
    <div className="visually-hidden" role="alert">
      {text}
    </div>
  );
}
