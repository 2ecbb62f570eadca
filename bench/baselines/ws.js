// Node's `ws` behind ioredis: one send per socket and event.
const { createServer } = require("node:http");
const { WebSocketServer } = require("ws");
const Redis = require("ioredis");

const [port, redis] = process.argv.slice(2);
const rooms = new Map();
const http = createServer((_, response) => response.end("up"));
const server = new WebSocketServer({ server: http, perMessageDeflate: false });

server.on("connection", (socket, request) => {
  const name = request.url.slice(request.url.lastIndexOf("/") + 1);
  if (!rooms.has(name)) rooms.set(name, new Set());
  const room = rooms.get(name);
  room.add(socket);
  socket.on("close", () => room.delete(socket));
});

const bell = new Redis(redis.replace("unix://", ""));
bell.psubscribe("bench:*");
bell.on("pmessage", (_, channel, text) => {
  for (const socket of rooms.get(channel.slice(6)) ?? []) socket.send(text);
});
http.listen({ port: Number(port), host: "127.0.0.1", backlog: 2048 });
