import { useEffect, useMemo, useState } from "react";
import type { PhoneMessage } from "../api/types";
import { setPageTitle } from "../attention/alarm";
import { Time } from "../design/Time";
import { useT } from "../i18n";
import { linkTo } from "../shell/router";
import { useStore } from "../state/store";
import { loadPhoneMessages, loadWarnings, phoneMessages, warnings } from "../state/warnings";
import { smsSize } from "../text/sms";
import { useNow } from "../time/clock";
import { dateOnly, shortTime } from "../time/ict";

const REFRESH_MS = 3000;

/** What the citizens' phones show when messages go to the built-in console instead of an operator. */
export function InboxPage() {
  const t = useT();
  const messages = useStore(phoneMessages);
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => setPageTitle(`${t("ui.nav.inbox")} – EOC`), [t]);

  useEffect(() => {
    const load = () => void loadPhoneMessages().catch(() => undefined);
    load();
    void loadWarnings().catch(() => undefined);
    const timer = setInterval(load, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);

  const phones = useMemo(() => byPhone(messages ?? []), [messages]);
  const shown = phones.find((phone) => phone.to === chosen) ?? phones[0];

  return (
    <>
      <section className="inbox-list" aria-label={t("ui.inbox.messages")}>
        <header className="list-head">
          <div>
            <h1>{t("ui.nav.inbox")}</h1>
            <p className="muted">{t("ui.inbox.explained")}</p>
          </div>
        </header>
        {messages !== null && messages.length > 0 && (
          <p className="inbox-count" role="status">
            {t("ui.inbox.count", { count: messages.length, phones: phones.length })}
          </p>
        )}
        <ul className="list-scroll">
          {phones.map((phone) => (
            <li key={phone.to}>
              <button
                type="button"
                className={`row${phone.to === shown?.to ? " row-selected" : ""}`}
                aria-current={phone.to === shown?.to ? "true" : undefined}
                onClick={() => setChosen(phone.to)}
              >
                <span className="row-main">
                  <span className="row-title">{phone.to}</span>
                  <span className="row-area truncate">{phone.messages[0]?.body}</span>
                </span>
                <span className="row-side">
                  {phone.messages[0] !== undefined && <Time iso={phone.messages[0].at} as="absolute" />}
                  <span className="muted">
                    {t("ui.inbox.parts", { count: phone.messages[0]?.segments ?? 0 })}
                  </span>
                </span>
              </button>
            </li>
          ))}
        </ul>
        {messages !== null && messages.length === 0 && (
          <div className="queue-empty">
            <p className="strong">{t("ui.inbox.empty")}</p>
            <p className="muted">{t("ui.inbox.empty_hint")}</p>
            <a className="button" {...linkTo("/warnings")}>
              {t("ui.nav.warnings")}
            </a>
          </div>
        )}
      </section>
      <section className="inbox-phone" aria-label={t("ui.inbox.phone")}>
        <Phone messages={shown?.messages ?? []} />
      </section>
    </>
  );
}

interface PhoneMessages {
  to: string;
  messages: PhoneMessage[];
}

function byPhone(messages: readonly PhoneMessage[]): PhoneMessages[] {
  const phones = new Map<string, PhoneMessage[]>();
  for (const message of messages) {
    const held = phones.get(message.to);
    if (held === undefined) phones.set(message.to, [message]);
    else held.push(message);
  }
  return [...phones].map(([to, list]) => ({ to, messages: list }));
}

function Phone({ messages }: { messages: readonly PhoneMessage[] }) {
  const t = useT();
  const nowMs = useNow();
  const byId = useStore(warnings, (s) => s.byId);
  const sender = messages[0]?.from ?? "";
  return (
    <div className="phone phone-large">
      <div className="phone-status" aria-hidden="true">
        <span>{shortTime(nowMs)}</span>
        <span className="phone-notch" />
        <span>4G</span>
      </div>
      <div className="phone-bar">
        <span className="phone-avatar" aria-hidden="true">
          {sender.slice(0, 1)}
        </span>
        {sender || t("ui.inbox.no_sender")}
      </div>
      <ol className="phone-screen">
        {messages.length === 0 && <li className="phone-none">{t("ui.inbox.phone_empty")}</li>}
        {messages.map((message) => {
          const warning = message.warning === null ? undefined : byId.get(message.warning);
          return (
            <li key={message.id}>
              <p className="phone-when">
                {dateOnly(Date.parse(message.at))} <Time iso={message.at} as="short" />
              </p>
              <p className="bubble" lang="vi">
                {message.body}
              </p>
              <p className="phone-meta">
                {smsSize(message.body).encoding} · {t("ui.inbox.parts", { count: message.segments })}
                {message.warning !== null && (
                  <>
                    {" · "}
                    <a {...linkTo(`/warnings/${message.warning}`)}>
                      {warning === undefined
                        ? t("ui.inbox.warning")
                        : t("ui.warning.name", { number: warning.number })}
                    </a>
                  </>
                )}
              </p>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
