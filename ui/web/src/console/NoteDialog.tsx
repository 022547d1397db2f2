import { useState } from "react";
import { Dialog } from "../design/Dialog";
import { useT } from "../i18n";
import { addNote } from "../state/incidents";
import { refusalText } from "./refusal";

export function NoteDialog({ id, onDone }: { id: string; onDone: () => void }) {
  const t = useT();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = async () => {
    if (text.trim() === "") {
      setProblem(t("ui.note.missing"));
      return;
    }
    setBusy(true);
    const refused = await addNote(id, text.trim().normalize("NFC"));
    setBusy(false);
    if (refused === null) onDone();
    else setProblem(refusalText(t, refused));
  };

  return (
    <Dialog
      title={t("ui.note.title")}
      onClose={onDone}
      onSubmit={() => void submit()}
      footer={
        <>
          <button type="button" className="button" onClick={onDone}>
            {t("ui.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {t("ui.note.save")}
          </button>
        </>
      }
    >
      <div className="field">
        <label htmlFor="note-text">{t("ui.note.label")}</label>
        <textarea
          id="note-text"
          rows={4}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
          }}
          aria-invalid={problem !== null}
          aria-describedby="note-hint"
        />
        <p id="note-hint" className="hint">
          {t("ui.note.hint")}
        </p>
      </div>
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
