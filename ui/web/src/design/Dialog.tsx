import { type ReactNode, useEffect, useId, useRef } from "react";
import { useT } from "../i18n";
import { Icon } from "./Icon";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  /** Called on Ctrl+Enter and on submitting the form. */
  onSubmit?: () => void;
}

/** A modal dialog on the platform's own element: it keeps the focus, gives it back, and closes on Esc. */
export function Dialog({ title, onClose, children, footer, wide = false, onSubmit }: Props) {
  const t = useT();
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // The browser would choose the close button; what the person came for is the first field.
    dialog?.querySelector<HTMLElement>(".dialog-body :is(input, textarea, select)")?.focus();
    return () => dialog?.close();
  }, []);

  return (
    <dialog
      ref={ref}
      className={wide ? "wide" : ""}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <div className="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <span className="spacer" />
          <button
            type="button"
            className="button quiet icon"
            onClick={onClose}
            aria-label={t("ui.close_dialog")}
          >
            <Icon name="close" />
          </button>
        </div>
        <div className="dialog-body">{children}</div>
        {footer !== undefined && <div className="dialog-foot">{footer}</div>}
      </form>
    </dialog>
  );
}
