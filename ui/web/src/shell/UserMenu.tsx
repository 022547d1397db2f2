import { Icon } from "../design/Icon";
import { useT } from "../i18n";
import { session, signOut } from "../state/session";
import { useStore } from "../state/store";

export function UserMenu() {
  const t = useT();
  const me = useStore(session, (s) => (s.kind === "signed_in" ? s.me : null));
  if (me === null) return null;
  return (
    <>
      <button
        type="button"
        className="button quiet user"
        popoverTarget="user-menu"
        aria-label={t("ui.user.menu", { name: me.display_name })}
      >
        <Icon name="user" />
        <span className="user-name truncate">{me.display_name}</span>
      </button>
      <div id="user-menu" className="popover user-menu" popover="auto">
        <p className="strong">{me.display_name}</p>
        <p className="muted">
          {t.code(`role.${me.role}`)} · {me.name}
        </p>
        <button type="button" className="button" onClick={() => void signOut()}>
          {t("ui.user.sign_out")}
        </button>
      </div>
    </>
  );
}
