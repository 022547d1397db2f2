import { Dialog } from "../design/Dialog";
import { useT } from "../i18n";

const GROUPS = [
  {
    title: "ui.help.queue",
    keys: [
      ["J", "ui.help.down"],
      ["K", "ui.help.up"],
      ["A", "ui.help.acknowledge"],
      ["C", "ui.help.note"],
      ["S", "ui.help.warn"],
      ["X", "ui.help.close"],
      ["L", "ui.help.pause"],
    ],
  },
  {
    title: "ui.help.monitor",
    keys: [
      ["[ ]", "ui.help.tabs"],
      ["N", "ui.help.notice"],
      ["J K", "ui.help.commune"],
      ["1 2 3", "ui.help.steps"],
      ["← →", "ui.help.day"],
    ],
  },
  {
    title: "ui.help.everywhere",
    keys: [
      ["/", "ui.help.search"],
      ["?", "ui.help.help"],
      ["Esc", "ui.help.back"],
    ],
  },
  {
    title: "ui.help.map",
    keys: [
      ["← ↑ → ↓", "ui.help.pan"],
      ["+ −", "ui.help.zoom"],
    ],
  },
] as const;

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  return (
    <Dialog title={t("ui.help.title")} onClose={onClose}>
      {GROUPS.map((group) => (
        <section key={group.title}>
          <h3>{t(group.title)}</h3>
          <dl className="key-list">
            {group.keys.map(([key, text]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{t(text)}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p className="muted">{t("ui.help.switch_off")}</p>
      <p>
        <a href="/assets/licences.txt" target="_blank" rel="noreferrer">
          {t("ui.help.licences")}
        </a>
      </p>
    </Dialog>
  );
}
