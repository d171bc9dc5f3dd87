// npm faye's own server, for clients of ours. A line of standard input, {"channel", "data"}, is published.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import faye from "faye";

const bayeux = new faye.NodeAdapter({ mount: "/faye", timeout: Number(process.argv[2] ?? 25), engine: {} });
bayeux.addExtension({
  incoming(message, done) {
    if (message.channel === "/meta/subscribe" && message.ext?.authentication_token === "dead") {
      message.error = `403:${message.subscription}:Forbidden channel`;
    }
    done(message);
  },
});
bayeux.on("subscribe", (client, channel) => console.log(JSON.stringify({ event: "subscribe", client, channel })));
const server = createServer();
bayeux.attach(server);
server.listen(Number(process.argv[3] ?? 0), "127.0.0.1", () => {
  console.log(JSON.stringify({ event: "listening", port: server.address().port }));
});
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { channel, data } = JSON.parse(line);
    bayeux.getClient().publish(channel, data);
  })
  .on("close", () => process.exit(0));
