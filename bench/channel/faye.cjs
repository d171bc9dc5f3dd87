// The peer: npm's faye, as its documentation starts it. What it publishes is said on its standard input.
'use strict';

const { once } = require('node:events');
const http = require('node:http');
const path = require('node:path');
const readline = require('node:readline');
const { setTimeout } = require('node:timers/promises');

const modules = path.join(__dirname, '..', '..', 'tests', 'acceptance', 'clients', 'node_modules');
const faye = require(path.join(modules, 'faye'));

const bayeux = new faye.NodeAdapter({ mount: '/faye', timeout: 45 });
const server = http.createServer((_, response) => { response.writeHead(404); response.end(); });
const now_s = () => Number(process.hrtime.bigint()) / 1e9;
const publish = (channel, task, at) => bayeux.getClient().publish(channel, { command: 'pause', task_id: task, at });

// One command after the other, each at its time, to each printer in turn.
async function commands({ printers, per_s, for_s }) {
  const count = Math.round(per_s * for_s);
  const start = now_s();
  for (let sent = 0; sent < count; sent += 1) {
    const early_s = start + sent / per_s - now_s();
    if (early_s > 0) await setTimeout(1000 * early_s);
    publish(`/printers/${sent % printers}/command`, sent, now_s());
  }
  return { sent: count, started_s: start };
}

// Many messages at once, each to all.
async function burst({ messages }) {
  const start = now_s();
  for (let task = 0; task < messages; task += 1) publish('/all', task, start);
  return { sent: messages, started_s: start };
}

async function main() {
  bayeux.attach(server);
  server.listen(0, '127.0.0.1', 4096);
  await once(server, 'listening');
  console.log(JSON.stringify({ port: server.address().port }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const order = JSON.parse(line);
    const done = order.commands ? await commands(order.commands) : await burst(order.burst);
    console.log(JSON.stringify(done));
  }
  process.exit(0);
}

main();
