import type { SystemStatus } from "../api/types";

export type Health = "ok" | "caution" | "bad";

export interface FeedHealth {
  key:
    | "ui.feed.sensors"
    | "ui.feed.broker_up"
    | "ui.feed.broker_down"
    | "ui.feed.sms"
    | "ui.feed.sms_failed"
    | "ui.feed.quarantine"
    | "ui.feed.journal"
    | "ui.feed.journal_broken"
    | "ui.feed.journal_unverified";
  health: Health;
  params: Record<string, string | number>;
}

/** What the bottom bar says about each feed. A feed with nothing wrong still says its numbers. */
export function feedHealth(s: SystemStatus): FeedHealth[] {
  const { sensors, broker, sms, journal } = s;
  // A station that was never heard is not installed yet; one that fell silent is a loss.
  const missing = sensors.late;
  const list: FeedHealth[] = [
    {
      key: "ui.feed.sensors",
      health: missing === 0 ? "ok" : sensors.online === 0 || missing * 4 > sensors.total ? "bad" : "caution",
      params: { online: sensors.online, total: sensors.total },
    },
    broker.connected
      ? { key: "ui.feed.broker_up", health: "ok", params: {} }
      : { key: "ui.feed.broker_down", health: "bad", params: {} },
    sms.failed_24h > 0
      ? {
          key: "ui.feed.sms_failed",
          health: "caution",
          params: { queued: sms.queued, failed: sms.failed_24h },
        }
      : { key: "ui.feed.sms", health: "ok", params: { queued: sms.queued, rate: sms.rate_per_s } },
  ];
  if (sensors.quarantined_24h > 0) {
    list.push({ key: "ui.feed.quarantine", health: "caution", params: { n: sensors.quarantined_24h } });
  }
  if (journal.ok === false) list.push({ key: "ui.feed.journal_broken", health: "bad", params: {} });
  else if (journal.verified_at === null)
    list.push({ key: "ui.feed.journal_unverified", health: "ok", params: {} });
  else list.push({ key: "ui.feed.journal", health: "ok", params: { at: journal.verified_at } });
  return list;
}
