import { describe, expect, it } from "vitest";
import { backoffMs, parseMessage, type ServerMessage, startAt, step } from "./protocol";

const event = (seq: number, prev: number): ServerMessage => ({
  type: "event",
  seq,
  prev,
  at: "2026-11-22T11:00:00Z",
  kind: "incident.opened",
  subject: "i1",
  data: {},
});

/** Verdict kinds of a run of messages, and where it ends. */
function run(after: number | null, messages: ServerMessage[]) {
  let position = startAt(after);
  const verdicts = messages.map((message) => {
    const result = step(position, message);
    position = result.position;
    return result.verdict.kind;
  });
  return { verdicts, position };
}

const hello: ServerMessage = { type: "hello", seq: 10, server_time: "2026-11-22T11:00:00Z" };

describe("step", () => {
  it("takes events in order and resumes behind the last", () => {
    const { verdicts, position } = run(8, [hello, event(9, 8), event(10, 9), event(12, 10)]);
    expect(verdicts).toEqual(["ready", "event", "event", "event"]);
    expect(position).toEqual({ lastSent: 12, through: 12 });
  });

  it("tells a hidden event from a lost one", () => {
    // 9 and 10 are not for this viewer: prev says so. 13 was sent and did not arrive.
    expect(run(8, [hello, event(11, 8)]).verdicts).toEqual(["ready", "event"]);
    expect(run(8, [hello, event(11, 8), event(14, 13)]).verdicts).toEqual(["ready", "event", "gap"]);
  });

  it("moves the place to resume with pings, but not what prev is compared with", () => {
    const { verdicts, position } = run(8, [hello, event(9, 8), { type: "ping", through: 20 }, event(21, 9)]);
    expect(verdicts).toEqual(["ready", "event", "alive", "event"]);
    expect(position).toEqual({ lastSent: 21, through: 21 });
    expect(run(8, [hello, { type: "ping", through: 30 }]).position).toEqual({ lastSent: 8, through: 30 });
  });

  it("does not take an event twice", () => {
    expect(run(8, [hello, event(9, 8), event(9, 8)]).verdicts).toEqual(["ready", "event", "ignored"]);
  });

  it("begins with the seq of hello when it asked for nothing older", () => {
    const { verdicts, position } = run(null, [hello, event(11, 10)]);
    expect(verdicts).toEqual(["ready", "event"]);
    expect(position.lastSent).toBe(11);
  });

  it("starts over on resync and on a journal shorter than what it has seen", () => {
    expect(run(8, [hello, { type: "resync" }])).toEqual({
      verdicts: ["ready", "resync"],
      position: { lastSent: null, through: null },
    });
    expect(run(50, [hello]).verdicts).toEqual(["resync"]);
  });

  it("never resumes before a place it has been told is complete", () => {
    const { position } = run(8, [hello, { type: "ping", through: 40 }, { type: "ping", through: 30 }]);
    expect(position.through).toBe(40);
  });
});

describe("parseMessage", () => {
  it("drops what it does not know", () => {
    expect(parseMessage('{"type":"ping","through":3}')).toEqual({ type: "ping", through: 3 });
    expect(parseMessage('{"type":"poem"}')).toBeNull();
    expect(parseMessage("[]")).toBeNull();
    expect(parseMessage("{")).toBeNull();
  });
});

describe("backoffMs", () => {
  it("grows, stays below two seconds and is spread", () => {
    expect(backoffMs(0, () => 0)).toBe(150);
    expect(backoffMs(0, () => 1)).toBe(300);
    expect(backoffMs(20, () => 1)).toBe(2000);
    expect(backoffMs(20, () => 0)).toBe(1000);
  });
});
