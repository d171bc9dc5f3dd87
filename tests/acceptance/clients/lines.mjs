// Programs that run until their standard input ends: what they are given is their argument, JSON; each line that they
// get is a call, `{"publish": CHANNEL, "data": …}`; each line that they write is an event.

import { createInterface } from 'node:readline';

export const given = JSON.parse(process.argv[2]);

export const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

/** Passes on what is asked for, and ends the program when nothing can be asked any more. */
export async function serve(listener, end = () => {}) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { publish, data } = JSON.parse(line);
    await listener.publish(publish, data);
  }
  await end();
  process.exit(0);
}
