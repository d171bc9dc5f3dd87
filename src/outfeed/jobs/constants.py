"""Names that the web side and the worker side of the engine share, and that queued jobs carry across restarts."""

from typing import Final

#: The queue that all conversions go through.
QUEUE: Final = "conversions"
#: The durable function that runs a job.
WORKFLOW: Final = "run_job"
#: Pinned: by default the queue's library hashes our source, and jobs of the version before would never run.
APPLICATION_VERSION: Final = "outfeed-1"
#: One machine has one worker process, under this name.
EXECUTOR: Final = "local"
