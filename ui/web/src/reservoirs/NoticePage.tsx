import { useEffect, useState } from "react";
import { post, put } from "../api/client";
import type { Release, Reservoir } from "../api/hazards";
import type { Page } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { useAction } from "../console/useAction";
import { MomentInput } from "../design/MomentInput";
import { useT } from "../i18n";
import { FormField } from "../notice/FormField";
import type { Proposals } from "../notice/proposals";
import { ReadInput, type Way } from "../notice/ReadInput";
import { SourceText } from "../notice/SourceText";
import { useKeys } from "../shell/keyboard";
import { linkTo, navigate } from "../shell/router";
import { useResource } from "../state/resource";
import { useMay } from "../state/session";
import { now } from "../time/clock";
import { blankNotice, bodyOf, lacks, type NoticeForm, noticeOf, withProposals } from "./notice";

interface Props {
  reservoir: string | null;
  /** The release that is changed; null for a new one. */
  held: Release | null;
  onDone?: () => void;
}

/** A notice of a release, typed or read from a message or a photo. Nothing counts until a person confirms it. */
export function NoticePage({ reservoir, held, onDone }: Props) {
  const t = useT();
  const mayEnter = useMay("release");
  const reservoirs = useResource<Page<Reservoir>>("/reservoirs", { everyMs: 0 });
  const [way, setWay] = useState<Way>("form");
  const [form, setForm] = useState<NoticeForm>(() =>
    held === null ? blankNotice(reservoir) : noticeOf(held),
  );
  const [proposals, setProposals] = useState<Proposals | null>(null);
  const [photo, setPhoto] = useState<File | null>(null);
  const [active, setActive] = useState<string | null>(null);
  /** Changes when fields are filled from outside, so that inputs with text of their own begin anew. */
  const [filled, setFilled] = useState(0);
  const { busy, problem, run, fail } = useAction(true);
  const title =
    held === null ? t("ui.release.new") : t("ui.release.update_title", { name: held.reservoir_name });
  useEffect(() => setPageTitle(`${title} – EOC`), [title]);

  const back = onDone ?? (() => navigate("/reservoirs"));
  useKeys({ Escape: back });

  const set = <K extends keyof NoticeForm>(name: K, value: NoticeForm[K]) =>
    setForm((all) => ({ ...all, [name]: value }));
  const take = (found: Proposals | null) => {
    setProposals(found);
    if (found === null) return;
    setForm((all) => withProposals(all, found.fields));
    setFilled((n) => n + 1);
  };

  const submit = async () => {
    const missing = lacks(form);
    if (missing.length > 0) {
      fail(t("ui.notice.lacks", { fields: missing.map((name) => t(`ui.notice.${name}`)).join(", ") }));
      return;
    }
    const body = bodyOf(form, proposals?.readId ?? null);
    let id = held?.id;
    const done = await run(
      async () => {
        if (held !== null) {
          await put(`/releases/${encodeURIComponent(held.id)}`, { ...body, expected_version: held.version });
          return;
        }
        const notice = form.notice.trim().normalize("NFC");
        const whole = { ...body, reservoir: form.reservoir, notice: notice === "" ? null : notice };
        id = (await post<Release>("/releases", whole)).data.id;
      },
      held === null ? t("ui.notice.saved") : t("ui.notice.updated"),
    );
    if (!done) return;
    if (onDone !== undefined) onDone();
    else navigate(id === undefined ? "/reservoirs" : `/releases/${encodeURIComponent(id)}`, "replace");
  };

  if (!mayEnter) {
    return (
      <div className="empty-page">
        <h1>{t("ui.case.read_only")}</h1>
        <a className="button" {...linkTo("/reservoirs")}>
          {t("ui.nav.reservoirs")}
        </a>
      </div>
    );
  }
  const field = { proposals, onFocus: setActive };
  return (
    <div className="station-page notice-page">
      <header className="page-head">
        <h1>{title}</h1>
        <p className="muted">{t("ui.notice.explained")}</p>
      </header>
      <ReadInput
        way={way}
        onWay={setWay}
        path="/releases/read"
        proposals={proposals}
        onRead={take}
        photo={photo}
        onPhoto={setPhoto}
      />
      {proposals !== null && proposals.text !== "" && (
        <SourceText
          proposals={proposals}
          active={active}
          label={(name) => t.maybe(`ui.notice.${name}`) ?? name}
        />
      )}
      <form
        className="notice-form"
        aria-label={title}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <FormField name="reservoir" {...field}>
          <label htmlFor="notice-reservoir">{t("ui.notice.reservoir")} *</label>
          <select
            id="notice-reservoir"
            value={form.reservoir}
            disabled={held !== null}
            onChange={(event) => set("reservoir", event.target.value)}
          >
            <option value="">{t("ui.notice.choose")}</option>
            {(reservoirs.data?.items ?? []).map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </select>
        </FormField>
        <FormField name="notice" {...field}>
          <label htmlFor="notice-number">{t("ui.notice.notice")}</label>
          <input
            id="notice-number"
            type="text"
            value={form.notice}
            disabled={held !== null}
            onChange={(event) => set("notice", event.target.value)}
          />
        </FormField>
        <FormField name="planned_at" {...field}>
          <MomentInput
            key={`planned-${filled}`}
            label={`${t("ui.notice.planned_at")} *`}
            valueMs={form.planned_at}
            onChange={(ms) => set("planned_at", ms)}
            presetsH={[2, 4]}
            nowMs={now}
          />
        </FormField>
        <FormField name="until" {...field}>
          <OptionalMoment
            key={`until-${filled}`}
            label={t("ui.notice.until")}
            valueMs={form.until}
            onChange={(ms) => set("until", ms)}
          />
        </FormField>
        <FormField name="discharge_m3s" {...field}>
          <label htmlFor="notice-discharge">{t("ui.notice.discharge_m3s")}</label>
          <input
            id="notice-discharge"
            type="text"
            inputMode="decimal"
            value={form.discharge_m3s}
            onChange={(event) => set("discharge_m3s", event.target.value)}
          />
        </FormField>
        <FormField name="spill_m3s" {...field}>
          <label htmlFor="notice-spill">{t("ui.notice.spill_m3s")}</label>
          <input
            id="notice-spill"
            type="text"
            inputMode="decimal"
            value={form.spill_m3s}
            onChange={(event) => set("spill_m3s", event.target.value)}
          />
        </FormField>
        <FormField name="turbine_m3s" {...field}>
          <label htmlFor="notice-turbine">{t("ui.notice.turbine_m3s")}</label>
          <input
            id="notice-turbine"
            type="text"
            inputMode="decimal"
            value={form.turbine_m3s}
            onChange={(event) => set("turbine_m3s", event.target.value)}
          />
        </FormField>
        <FormField name="gates_open" {...field}>
          <label htmlFor="notice-gates">{t("ui.notice.gates_open")}</label>
          <input
            id="notice-gates"
            type="text"
            inputMode="numeric"
            value={form.gates_open}
            onChange={(event) => set("gates_open", event.target.value)}
          />
        </FormField>
        <FormField name="sent_at" {...field}>
          <OptionalMoment
            key={`sent-${filled}`}
            label={t("ui.notice.sent_at")}
            valueMs={form.sent_at}
            onChange={(ms) => set("sent_at", ms)}
          />
        </FormField>
        <div className="wide-field">
          <FormField name="reason" {...field}>
            <label htmlFor="notice-reason">{t("ui.notice.reason")}</label>
            <input
              id="notice-reason"
              type="text"
              value={form.reason}
              onChange={(event) => set("reason", event.target.value)}
            />
          </FormField>
        </div>
        {problem !== null && (
          <p className="notice bad wide-field" role="alert">
            {problem}
          </p>
        )}
        <div className="button-row wide-field">
          <button type="submit" className="button primary large" disabled={busy}>
            {proposals === null ? t("ui.notice.save") : t("ui.notice.confirm")}
          </button>
          <button type="button" className="button large" onClick={back}>
            {t("ui.cancel")}
          </button>
        </div>
      </form>
    </div>
  );
}

/** A moment that a notice may leave out. */
function OptionalMoment({
  label,
  valueMs,
  onChange,
}: {
  label: string;
  valueMs: number | null;
  onChange: (ms: number | null) => void;
}) {
  const t = useT();
  const [given, setGiven] = useState(valueMs !== null);
  if (!given) {
    return (
      <>
        <span className="field-label">{label}</span>
        <button
          type="button"
          className="button self-start"
          onClick={() => {
            setGiven(true);
            onChange(now());
          }}
        >
          {t("ui.notice.enter", { name: label })}
        </button>
      </>
    );
  }
  return <MomentInput label={label} valueMs={valueMs} onChange={onChange} nowMs={now} />;
}
