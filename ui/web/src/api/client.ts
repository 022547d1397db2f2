import type { Problem } from "./types";

/** A refusal by the server, or no answer at all (`status` 0, code `network`). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
  }
}

export interface Answer<T> {
  data: T;
  /** Journal position of the snapshot (`EOC-Seq`), or null where the route carries none. */
  seq: number | null;
}

interface Hooks {
  /** The session ended; called once for each refused request that was not a login. */
  onUnauthorised: () => void;
  /** Wall time of the server (ms), resolution one second, with the round trip of the request (ms). */
  onServerDate: (serverMs: number, roundTripMs: number) => void;
}

const hooks: Hooks = { onUnauthorised: () => {}, onServerDate: () => {} };

export function setClientHooks(next: Partial<Hooks>): void {
  Object.assign(hooks, next);
}

const TIMEOUT_MS = 15_000;

async function problemOf(response: Response): Promise<Problem> {
  try {
    const body: unknown = await response.json();
    if (body !== null && typeof body === "object") {
      const fields = body as Partial<Problem>;
      return { ...fields, status: response.status, code: fields.code ?? `http_${response.status}` };
    }
  } catch {
    // A proxy's HTML page or an empty body: the status is all we know.
  }
  return { status: response.status, code: `http_${response.status}` };
}

function isRaw(body: unknown): body is FormData | Blob {
  return body instanceof FormData || body instanceof Blob;
}

export async function request<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const started = performance.now();
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: "same-origin",
      // Of a file or a form the browser writes the content type: it knows the kind and the boundary.
      headers: body === undefined || isRaw(body) ? {} : { "content-type": "application/json" },
      body: body === undefined ? null : isRaw(body) ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const code = error instanceof DOMException && error.name === "TimeoutError" ? "timeout" : "network";
    throw new ApiError({ status: 0, code });
  }
  const date = response.headers.get("date");
  if (date !== null) hooks.onServerDate(Date.parse(date), performance.now() - started);
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401 && !path.startsWith("/auth/")) hooks.onUnauthorised();
    throw new ApiError(problem);
  }
  const seqHeader = response.headers.get("eoc-seq");
  const seq = seqHeader === null ? null : Number(seqHeader);
  const data = (response.status === 204 ? undefined : await response.json()) as T;
  return { data, seq };
}

export const get = <T>(path: string) => request<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}) => request<T>("POST", path, body);
export const put = <T>(path: string, body: unknown) => request<T>("PUT", path, body);
export const del = <T>(path: string) => request<T>("DELETE", path);
