/** The server half of a WebSocket, as much as a mock needs: text frames out, close and ping handled, nothing else. */
import { createHash } from "node:crypto";

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export function accept(request, socket) {
  const key = request.headers["sec-websocket-key"];
  const answer = createHash("sha1")
    .update(key + MAGIC)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answer}\r\n\r\n`,
  );
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  // Frames of a browser: only a close matters here.
  socket.on("data", (data) => {
    if ((data[0] & 0x0f) === 0x8) socket.end();
  });
  return {
    send: (value) => socket.writable && socket.write(frame(JSON.stringify(value))),
    close: (code = 1000) => socket.end(Buffer.from([0x88, 2, code >> 8, code & 0xff])),
    onClose: (listener) => socket.on("close", listener),
  };
}

function frame(text) {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, body.length])
      : body.length < 65_536
        ? Buffer.from([0x81, 126, body.length >> 8, body.length & 0xff])
        : Buffer.from([0x81, 127, 0, 0, 0, 0, ...uint32(body.length)]);
  return Buffer.concat([head, body]);
}

function uint32(n) {
  return [(n >>> 24) & 0xff, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff];
}
