// A printer that listens with cometd in Node.

import * as cometd from 'cometd';
import { adapt } from 'cometd-nodejs-client';
import { given, serve, tell } from './lines.mjs';
import { listenWithCometd } from './listening.mjs';

adapt();
serve(listenWithCometd(cometd, given, tell));
