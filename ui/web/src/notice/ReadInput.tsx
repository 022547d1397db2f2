import { useEffect, useState } from "react";
import { post } from "../api/client";
import { useAction } from "../console/useAction";
import { ReasonText } from "../design/Reasons";
import { Segmented } from "../design/Segmented";
import { useT } from "../i18n";
import { type Proposals, proposalsOf } from "./proposals";

export type Way = "form" | "text" | "photo";

interface Props {
  way: Way;
  onWay: (way: Way) => void;
  /** Where a pasted text or a photo is read. */
  path: string;
  proposals: Proposals | null;
  onRead: (found: Proposals | null) => void;
  photo: File | null;
  onPhoto: (file: File | null) => void;
}

/** How a notice comes in: typed field by field, pasted from a message, or photographed. Reading stores nothing. */
export function ReadInput({ way, onWay, path, proposals, onRead, photo, onPhoto }: Props) {
  const t = useT();
  const [text, setText] = useState("");
  const { busy, problem, run } = useAction(true);
  const url = useObjectUrl(photo);

  const readText = () =>
    void run(async () => {
      const clean = text.normalize("NFC");
      onRead(proposalsOf((await post(path, { text: clean })).data, clean));
    });
  const readPhoto = (file: File | null) => {
    onPhoto(file);
    onRead(null);
    if (file === null) return;
    void run(async () => {
      const form = new FormData();
      form.set("file", file);
      onRead(proposalsOf((await post(path, form)).data, ""));
    });
  };

  return (
    <div className="read-input">
      <Segmented
        label={t("ui.read.way")}
        options={(["form", "text", "photo"] as const).map((each) => ({
          value: each,
          text: t(`ui.read.way.${each}`),
        }))}
        value={way}
        onChange={(next) => {
          onWay(next);
          onRead(null);
          onPhoto(null);
        }}
        small={false}
      />
      {way === "text" && (
        <>
          <div className="field">
            <label htmlFor="read-text">{t("ui.read.paste")}</label>
            <textarea
              id="read-text"
              rows={6}
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) readText();
              }}
            />
            <p className="hint">{t("ui.read.paste_hint")}</p>
          </div>
          <button type="button" className="button" disabled={busy || text.trim() === ""} onClick={readText}>
            {proposals === null ? t("ui.read.read") : t("ui.read.read_again")}
          </button>
        </>
      )}
      {way === "photo" && (
        <>
          <div className="field">
            <label htmlFor="read-photo">{t("ui.read.photo")}</label>
            <input
              id="read-photo"
              type="file"
              accept="image/*,application/pdf"
              onChange={(event) => readPhoto(event.target.files?.[0] ?? null)}
            />
            <p className="hint">{t("ui.read.photo_hint")}</p>
          </div>
          {url !== null && photo?.type.startsWith("image/") === true && (
            <img className="read-photo" src={url} alt={t("ui.read.photo_alt")} />
          )}
        </>
      )}
      {busy && (
        <p className="muted" role="status">
          {t("ui.read.reading")}
        </p>
      )}
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem} {t("ui.read.by_hand")}
        </p>
      )}
      {proposals?.ocr != null && (
        <p className="notice" role="status">
          <ReasonText reason={proposals.ocr} />
        </p>
      )}
      {(proposals?.says === "cancel" || proposals?.says === "update") && (
        <p className="notice caution" role="status">
          {t(`ui.read.says.${proposals.says}`)}
        </p>
      )}
      {proposals !== null && Object.keys(proposals.fields).length === 0 && (
        <p className="notice caution" role="status">
          {t("ui.read.nothing")}
        </p>
      )}
    </div>
  );
}

function useObjectUrl(file: File | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (file === null) {
      setUrl(null);
      return;
    }
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
