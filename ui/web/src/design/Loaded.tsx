import type { ReactNode } from "react";
import { useT } from "../i18n";
import { problemText } from "../i18n/problem";
import type { Resource } from "../state/resource";

interface Props<T> {
  resource: Resource<T>;
  children: (data: T) => ReactNode;
}

/** What an address answered; until then that it is asked, and when it fails why, with what was known before. */
export function Loaded<T>({ resource, children }: Props<T>) {
  const t = useT();
  const { data, error, loading, reload } = resource;
  return (
    <>
      {loading && (
        <p className="muted loading-line" role="status">
          {t("ui.loading")}
        </p>
      )}
      {error !== null && (
        <div className="notice bad load-failed" role="status">
          <span>
            {data !== undefined && <>{t("ui.load.stale")} </>}
            {problemText(t, error.problem)}
          </span>
          <button type="button" className="button" onClick={reload}>
            {t("ui.load.again")}
          </button>
        </div>
      )}
      {data !== undefined && children(data)}
    </>
  );
}
