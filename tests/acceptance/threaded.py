"""A module that starts a thread when it is loaded, as none that children find loaded may."""

import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
