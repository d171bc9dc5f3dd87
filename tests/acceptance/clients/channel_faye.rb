# A printer that listens with Debian's ruby-faye, as Ember's firmware does: both channels at once, the token with each.
# Its argument, its lines and its events are those of lines.mjs.

require 'eventmachine'
require 'faye'
require 'json'

GIVEN = JSON.parse(ARGV.fetch(0))
# The best first: it shakes hands by long-polling in any case, and moves to the best afterwards.
TYPES = %w[websocket long-polling].freeze

$stdout.sync = true

def tell(event)
  puts(JSON.generate(event))
end

# Adds the token to subscriptions, and tells of sessions.
class Watching
  def outgoing(message, callback)
    token = GIVEN.fetch('token')
    message['ext'] = { 'authentication_token' => token } if message['channel'] == '/meta/subscribe' && !token.empty?
    callback.call(message)
  end

  def incoming(message, callback)
    tell(what: 'handshake', client: message['clientId']) if message['channel'] == '/meta/handshake'
    tell(what: 'lost', error: message['error']) if message['channel'] == '/meta/connect' && message['error']
    callback.call(message)
  end
end

# Takes the calls that come in as lines.
class Calls < EventMachine::Connection
  include EventMachine::Protocols::LineText2

  def initialize(client)
    super()
    @client = client
  end

  def receive_line(line)
    call = JSON.parse(line)
    channel = call.fetch('publish')
    publication = @client.publish(channel, call['data'])
    publication.callback { tell(what: 'published', channel: channel) }
    publication.errback { |error| tell_refused(channel, error) }
  end

  def unbind
    EventMachine.stop
  end
end

def tell_refused(channel, error)
  tell(what: 'refused', channel: channel, error: "#{error.code}:#{error.params.join(',')}:#{error.message}")
end

def transport_of(client)
  client.instance_variable_get(:@dispatcher).connection_type
end

EventMachine.run do
  client = Faye::Client.new(GIVEN.fetch('url'), retry: 0.3)
  TYPES.take(TYPES.index(GIVEN.fetch('transport'))).each { |type| client.disable(type) }
  client.add_extension(Watching.new)
  GIVEN.fetch('channels').each do |channel|
    subscription = client.subscribe(channel) { |data| tell(what: 'message', channel: channel, data: data) }
    subscription.callback { tell(what: 'subscribed', channel: channel, transport: transport_of(client)) }
    subscription.errback { |error| tell_refused(channel, error) }
  end
  EventMachine.attach($stdin, Calls, client)
end
