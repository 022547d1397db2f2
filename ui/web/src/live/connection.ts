import { backoffMs, type LiveEvent, type LiveObservation, parseMessage, startAt, step } from "./protocol";

export type LinkState = "connecting" | "live" | "lost";

export interface LinkHandlers {
  onState: (state: LinkState) => void;
  onEvent: (event: LiveEvent) => void;
  onObservations: (items: LiveObservation[]) => void;
  onSessionEnded: () => void;
  /** A ping: nothing new, and the line is up. */
  onAlive: () => void;
  /** Something was missed: fetch everything again. Resolves with the seq to go on from, or null if it failed. */
  onResync: () => Promise<number | null>;
}

export interface LinkEnvironment {
  open: (url: string) => WebSocket;
  random: () => number;
}

/** The server pings every 5 s: silence longer than this is a dead line even if the socket says otherwise. */
const SILENCE_MS = 7500;
const CONNECT_TIMEOUT_MS = 3000;
/** The server's close code for a session that ended or whose rights changed. */
const SESSION_ENDED = 4401;

/** Keeps one live connection up for as long as it is started. */
export class LiveLink {
  readonly #handlers: LinkHandlers;
  readonly #environment: LinkEnvironment;
  #position = startAt(null);
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;
  #resyncing = false;

  constructor(handlers: LinkHandlers, environment: LinkEnvironment) {
    this.#handlers = handlers;
    this.#environment = environment;
  }

  start(after: number | null): void {
    this.#stopped = false;
    this.#position = startAt(after);
    this.#handlers.onState("connecting");
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retryTimer);
    this.#drop();
  }

  /** The browser says the network is back: do not sit out the rest of the wait. */
  nudge(): void {
    if (this.#stopped || this.#socket !== null) return;
    clearTimeout(this.#retryTimer);
    this.#connect();
  }

  #connect(): void {
    if (this.#stopped) return;
    // What comes first on this connection has the `after` we ask with as its `prev`.
    this.#position = startAt(this.#position.through);
    const { through } = this.#position;
    const socket = this.#environment.open(`/api/v1/live${through === null ? "" : `?after=${through}`}`);
    this.#socket = socket;
    this.#listenFor(CONNECT_TIMEOUT_MS);
    socket.onmessage = (message) => {
      if (socket === this.#socket && typeof message.data === "string") this.#receive(message.data);
    };
    socket.onclose = (closed) => {
      if (socket !== this.#socket) return;
      if (closed.code === SESSION_ENDED) this.#handlers.onSessionEnded();
      this.#lost();
    };
  }

  #receive(text: string): void {
    this.#listenFor(SILENCE_MS);
    const message = parseMessage(text);
    if (message === null) return;
    const { position, verdict } = step(this.#position, message);
    this.#position = position;
    switch (verdict.kind) {
      case "ready":
        this.#attempt = 0;
        this.#handlers.onState("live");
        break;
      case "event":
        this.#handlers.onEvent(verdict.event);
        break;
      case "gap":
        this.#handlers.onEvent(verdict.event);
        void this.#handlers.onResync();
        break;
      case "observations":
        this.#handlers.onObservations(verdict.items);
        break;
      case "resync":
        void this.#resync();
        break;
      case "alive":
        this.#handlers.onAlive();
        break;
      case "ignored":
        break;
    }
  }

  async #resync(): Promise<void> {
    if (this.#resyncing) return;
    this.#resyncing = true;
    this.#drop();
    const seq = await this.#handlers.onResync();
    this.#resyncing = false;
    this.#position = startAt(seq);
    this.#retry();
  }

  #listenFor(ms: number): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.#lost(), ms);
  }

  #drop(): void {
    clearTimeout(this.#silenceTimer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #lost(): void {
    this.#drop();
    if (this.#stopped) return;
    this.#handlers.onState("lost");
    this.#retry();
  }

  #retry(): void {
    if (this.#stopped) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), backoffMs(this.#attempt, this.#environment.random));
    this.#attempt += 1;
  }
}
