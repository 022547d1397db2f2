import { Icon } from "../design/Icon";
import { useT } from "../i18n";
import { createStore, useStore } from "../state/store";

interface Toast {
  id: number;
  tone: "ok" | "bad";
  text: string;
}

const toasts = createStore<Toast[]>([]);
let next = 1;

const SHOWN_MS = { ok: 4000, bad: 12_000 };

/** Says briefly how something went; what went wrong stays longer and can be dismissed. */
export function toast(tone: Toast["tone"], text: string): void {
  const id = next++;
  toasts.set((list) => [...list.slice(-2), { id, tone, text }]);
  toasts.flush();
  setTimeout(() => dismiss(id), SHOWN_MS[tone]);
}

function dismiss(id: number): void {
  toasts.set((list) => list.filter((item) => item.id !== id));
}

export function Toasts() {
  const t = useT();
  const list = useStore(toasts);
  return (
    <div className="toasts" role="status">
      {list.map((item) => (
        <div key={item.id} className={`toast toast-${item.tone}`}>
          <Icon name={item.tone === "ok" ? "check" : "warning"} size={16} />
          <span>{item.text}</span>
          <button
            type="button"
            className="button quiet icon"
            onClick={() => dismiss(item.id)}
            aria-label={t("ui.dismiss")}
          >
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
