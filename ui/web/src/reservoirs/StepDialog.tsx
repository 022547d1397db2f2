import { useState } from "react";
import { post } from "../api/client";
import type { Release, ReleaseCommune, StepName } from "../api/hazards";
import { useAction } from "../console/useAction";
import { Dialog } from "../design/Dialog";
import { Segmented } from "../design/Segmented";
import { useT } from "../i18n";
import { CHANNELS, type Channel } from "./values";

interface Props {
  release: Release;
  commune: ReleaseCommune;
  step: StepName;
  lastName: string;
  onDone: (done: boolean) => void;
}

/** The way most answers came today: one choice less for the next. */
let lastChannel: Channel = "phone";

/** A commune did a step: who said so and by which way. The moment is now, which the server writes. */
export function StepDialog({ release, commune, step, lastName, onDone }: Props) {
  const t = useT();
  const [name, setName] = useState(lastName);
  const [channel, setChannel] = useState<Channel>(lastChannel);
  const { busy, problem, run, fail } = useAction(true);
  const submit = async () => {
    const by = name.trim().normalize("NFC");
    if (by === "") {
      fail(t("ui.release.step_name_missing"));
      return;
    }
    lastChannel = channel;
    const path = `/releases/${encodeURIComponent(release.id)}/communes/${encodeURIComponent(commune.area)}/${step}`;
    if (await run(() => post(path, { name: by, channel }))) onDone(true);
  };
  return (
    <Dialog
      title={`${commune.name ?? commune.area}: ${t(`ui.release.step.${step}`)}`}
      onClose={() => onDone(false)}
      onSubmit={() => void submit()}
      footer={
        <>
          <button type="button" className="button" onClick={() => onDone(false)}>
            {t("ui.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {t("ui.release.step_save")}
          </button>
        </>
      }
    >
      <div className="field">
        <label htmlFor="step-name">{t("ui.release.step_name")}</label>
        <input
          id="step-name"
          type="text"
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <div className="field">
        <span className="field-label">{t("ui.release.step_channel")}</span>
        <Segmented
          label={t("ui.release.step_channel")}
          options={CHANNELS.map((each) => ({ value: each, text: t(`ui.release.channel.${each}`) }))}
          value={channel}
          onChange={setChannel}
          small={false}
        />
      </div>
      {problem !== null && (
        <p className="notice bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
