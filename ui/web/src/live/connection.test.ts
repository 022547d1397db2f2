import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveLink } from "./connection";

class FakeSocket {
  static all: FakeSocket[] = [];
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((closed: { code: number }) => void) | null = null;
  closed = false;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }
  close() {
    this.closed = true;
  }
  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const newest = () => FakeSocket.all.at(-1) as FakeSocket;
const hello = (seq: number) => ({ type: "hello", seq, server_time: "2026-11-22T11:00:00Z" });
const event = (seq: number, prev: number) => ({
  type: "event",
  seq,
  prev,
  at: "x",
  kind: "k",
  subject: "s",
  data: {},
});

function makeLink() {
  const log: string[] = [];
  const link = new LiveLink(
    {
      onState: (state) => log.push(state),
      onEvent: ({ seq }) => log.push(`event ${seq}`),
      onObservations: () => log.push("observations"),
      onAlive: () => log.push("alive"),
      onSessionEnded: () => log.push("session ended"),
      onResync: async () => {
        log.push("resync");
        return 77;
      },
    },
    { open: (url) => new FakeSocket(url) as unknown as WebSocket, random: () => 1 },
  );
  return { link, log };
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
});
afterEach(() => vi.useRealTimers());

describe("LiveLink", () => {
  it("connects behind the snapshot and reports what comes", () => {
    const { link, log } = makeLink();
    link.start(41);
    expect(newest().url).toBe("/api/v1/live?after=41");
    newest().say(hello(42));
    newest().say(event(42, 41));
    expect(log).toEqual(["connecting", "live", "event 42"]);
  });

  it("calls a silent line lost before ten seconds are over, and resumes where it was", () => {
    const { link, log } = makeLink();
    link.start(41);
    newest().say(hello(42));
    newest().say(event(42, 41));
    newest().say({ type: "ping", through: 60 });
    vi.advanceTimersByTime(7499);
    expect(log.at(-1)).toBe("alive");
    vi.advanceTimersByTime(1);
    expect(log.at(-1)).toBe("lost");
    expect(FakeSocket.all[0]?.closed).toBe(true);
    vi.advanceTimersByTime(300);
    expect(newest().url).toBe("/api/v1/live?after=60");
    newest().say(hello(61));
    newest().say(event(61, 60));
    expect(log.slice(-2)).toEqual(["live", "event 61"]);
  });

  it("finds a restored server within five seconds, however long it was away", () => {
    const { link, log } = makeLink();
    link.start(1);
    newest().say(hello(1));
    newest().onclose?.({ code: 1006 });
    for (let s = 0; s < 600; s += 1) {
      vi.advanceTimersByTime(1000);
      // A server that is down refuses at once.
      if (!newest().closed) newest().onclose?.({ code: 1006 });
    }
    const before = FakeSocket.all.length;
    vi.advanceTimersByTime(4000);
    expect(FakeSocket.all.length).toBeGreaterThan(before);
    newest().say(hello(1));
    expect(log.at(-1)).toBe("live");
  });

  it("gives up a connection that does not answer", () => {
    const { link } = makeLink();
    link.start(1);
    vi.advanceTimersByTime(3000);
    expect(FakeSocket.all[0]?.closed).toBe(true);
    vi.advanceTimersByTime(300);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("fetches everything again after a gap and goes on", () => {
    const { link, log } = makeLink();
    link.start(41);
    newest().say(hello(50));
    newest().say(event(50, 49));
    newest().say(event(51, 50));
    expect(log).toEqual(["connecting", "live", "event 50", "resync", "event 51"]);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("on resync connects again behind the new snapshot", async () => {
    const { link, log } = makeLink();
    link.start(41);
    newest().say(hello(50));
    newest().say({ type: "resync" });
    await vi.advanceTimersByTimeAsync(300);
    expect(log).toContain("resync");
    expect(newest().url).toBe("/api/v1/live?after=77");
  });

  it("says that the session ended", () => {
    const { link, log } = makeLink();
    link.start(1);
    newest().say(hello(1));
    newest().onclose?.({ code: 4401 });
    expect(log).toContain("session ended");
  });

  it("stays down when stopped, and does not wait when the network is back", () => {
    const { link } = makeLink();
    link.start(1);
    newest().onclose?.({ code: 1006 });
    link.nudge();
    expect(FakeSocket.all).toHaveLength(2);
    link.stop();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(2);
  });
});
