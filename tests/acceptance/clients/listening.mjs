// What a printer does with somebody's Bayeux client, in Node and in a browser alike: it subscribes to its channels with
// its token and tells what comes. `given`: url, transport, channels, token ('' for none), ack; `tell` takes one event.

const PUBLISHED = 'published';
const REFUSED = 'refused';
/** What faye takes, the best first. It shakes hands by one of the polls in any case, and moves to the best afterwards. */
const FAYE_TYPES = ['websocket', 'eventsource', 'long-polling', 'cross-origin-long-polling', 'callback-polling'];

/** Waits until faye has moved to a transport: where that takes time to open, it subscribes by a poll meanwhile. */
async function moved(client, transport) {
  while (client._dispatcher.connectionType !== transport) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Listens with npm faye or the browser build of it. */
export function listenWithFaye(Faye, { url, transport, channels, token }, tell) {
  const client = new Faye.Client(url, { retry: 0.3 });
  FAYE_TYPES.slice(0, FAYE_TYPES.indexOf(transport)).forEach((type) => client.disable(type));
  client.addExtension({
    outgoing(message, callback) {
      if (message.channel === '/meta/subscribe' && token) message.ext = { authentication_token: token };
      callback(message);
    },
    incoming(message, callback) {
      if (message.channel === '/meta/connect' && message.error) tell({ what: 'lost', error: message.error });
      if (message.channel === '/meta/handshake') tell({ what: 'handshake', client: message.clientId });
      callback(message);
    },
  });
  channels.forEach((channel) => {
    client.subscribe(channel, (data) => tell({ what: 'message', channel, data })).then(
      () => moved(client, transport).then(() => tell({ what: 'subscribed', channel, transport })),
      (error) => tell({ what: REFUSED, channel, error: `${error.code}:${error.params.join(',')}:${error.message}` }),
    );
  });
  return {
    publish(channel, data) {
      client.publish(channel, data, { attempts: 3 }).then(
        () => tell({ what: PUBLISHED, channel }),
        (error) => tell({ what: REFUSED, channel, error: `${error.code}:${error.params.join(',')}:${error.message}` }),
      );
    },
  };
}

/** Listens with cometd, which forgets its subscriptions with each handshake: its users subscribe anew. */
export function listenWithCometd(module, { url, transport, channels, token, ack }, tell) {
  const client = new module.CometD();
  client.getTransportTypes().filter((type) => type !== transport).forEach((type) => client.unregisterTransport(type));
  if (ack) client.registerExtension('ack', new module.AckExtension());
  // `appendMessageTypeToURL` stays on: it posts to /faye/handshake and /faye/connect.
  client.configure({ url, backoffIncrement: 200, maxBackoff: 400, logLevel: 'error' });
  client.addListener('/meta/connect', (message) => {
    if (message.error) tell({ what: 'lost', error: message.error });
  });
  client.addListener('/meta/handshake', (message) => {
    if (!message.successful) return;
    tell({ what: 'handshake', client: message.clientId });
    client.batch(() => channels.forEach((channel) => subscribe(channel)));
  });
  const subscribe = (channel) => {
    const heard = ({ data }) => tell({ what: 'message', channel, data });
    const extra = token ? { ext: { authentication_token: token } } : {};
    client.subscribe(channel, heard, extra, (reply) => {
      if (reply.successful) tell({ what: 'subscribed', channel, transport: client.getTransport().type });
      else if (reply.error) tell({ what: REFUSED, channel, error: reply.error });
    });
  };
  client.handshake();
  return {
    publish(channel, data) {
      client.publish(channel, data, (reply) => {
        tell(reply.successful ? { what: PUBLISHED, channel } : { what: REFUSED, channel, error: reply.error });
      });
    },
  };
}
