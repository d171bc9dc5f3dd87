// A printer that listens with npm faye in Node.

import faye from 'faye';
import { given, serve, tell } from './lines.mjs';
import { listenWithFaye } from './listening.mjs';

serve(listenWithFaye(faye, given, tell));
