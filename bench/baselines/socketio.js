// socket.io: rooms, its own protocol, WebSocket transport only.
const { createServer } = require("node:http");
const { Server } = require("socket.io");
const Redis = require("ioredis");

const [port, redis] = process.argv.slice(2);
const http = createServer((_, response) => response.end("up"));
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false });

io.on("connection", (socket) => socket.join(socket.handshake.query.room));

const bell = new Redis(redis.replace("unix://", ""));
bell.psubscribe("bench:*");
bell.on("pmessage", (_, channel, text) => {
  io.local.to(channel.slice(6)).emit("event", JSON.parse(text));
});
http.listen({ port: Number(port), host: "127.0.0.1", backlog: 2048 });
