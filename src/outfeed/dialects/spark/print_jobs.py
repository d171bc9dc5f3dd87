"""The calls about print jobs, of members and of printers: each parses, asks, renders."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from litestar import Response, delete, post, put
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.spark import wire_jobs as wire
from outfeed.dialects.spark.constants import SCOPES, Operation, Reason, caller_code
from outfeed.dialects.spark.errors import Problem, numbered
from outfeed.dialects.spark.firmware import firmware_params, printer_of
from outfeed.dialects.spark.pages import page_json, parse_page
from outfeed.dialects.spark.wire_fleet import MAX_BODY_BYTES, parse_printer_id
from outfeed.errors import NotFound
from outfeed.fleet.hosts import check_address
from outfeed.fleet.print_jobs import PrintJobs
from outfeed.fleet.records import PrintJob
from outfeed.http.bearer import caller_of
from outfeed.http.bodies import Params, parse_body, read_body, read_params
from outfeed.http.context import Incoming, services
from outfeed.http.paths import decoded
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller

Answer = Response[dict[str, Any]]

#: In place of a printer's number: the job has none yet.
_NO_PRINTER: Final = "0"

# --- Of members -------------------------------------------------------------------------------------------------------


@get_and_head("/print/jobs")
async def get_jobs(request: Incoming) -> Answer:
    """Return a page of the jobs that the caller sees, the newest first."""
    caller = await caller_of(request, *SCOPES)
    return await _listed(request, caller, None)


@get_and_head("/print/printers/{printer_id:str}/jobs")
async def get_printer_jobs(request: Incoming, printer_id: FromPath[str]) -> Answer:
    """Return a page of the jobs of a printer that the caller sees."""
    caller = await caller_of(request, *SCOPES)
    return await _listed(request, caller, parse_printer_id(printer_id, Operation.PRINT_JOB))


@post("/print/printers/{printer_id:str}/jobs", status_code=200)
async def post_printer_job(request: Incoming, printer_id: FromPath[str]) -> Answer:
    """Make a job, of a printer or, with 0 for its number, of none yet."""
    caller = await caller_of(request, *SCOPES)
    number = None if printer_id == _NO_PRINTER else parse_printer_id(printer_id, Operation.PRINT_JOB)
    if number is not None:
        with numbered(Operation.PRINT_JOB):
            services(request).printers.get(caller, number)
    new = wire.parse_new_job(await _params(request))
    return await _moved(request, lambda jobs: jobs.create(caller, number, new))


@put("/print/printers/{printer_id:str}/jobs", status_code=200)
async def put_printer_job(request: Incoming, printer_id: FromPath[str]) -> Answer:
    """Start a job that waits in the queue of a printer."""
    caller = await caller_of(request, *SCOPES)
    number = parse_printer_id(printer_id, Operation.PRINT_JOB)
    with numbered(Operation.PRINT_JOB):
        services(request).printers.get(caller, number)
    job_id = wire.parse_job_id(await _params(request))
    return await _moved(request, lambda jobs: jobs.start(caller, number, job_id))


@get_and_head("/print/jobs/{job_id:str}")
async def get_job(request: Incoming, job_id: FromPath[str]) -> Answer:
    """Return a job, with what its printer last said of it."""
    caller = await caller_of(request, *SCOPES)
    return Response(wire.job_json(_job(request, caller, job_id)))


@put("/print/jobs/{job_id:str}", status_code=200)
async def put_job(request: Incoming, job_id: FromPath[str]) -> Answer:
    """Say whether a print was good, and keep the caller's own data with the job."""
    caller = await caller_of(request, *SCOPES)
    job = _job(request, caller, job_id)
    body = await read_body(request, max_bytes=MAX_BODY_BYTES)
    params = parse_body(body, request.headers.get("content-type", "").lower())
    change = wire.parse_change(dict(request.query_params.multi_items()), body, params)
    jobs = services(request).print_jobs
    with numbered(Operation.PRINT_JOB):
        if change.verdict is not None:
            job = await to_thread.run_sync(jobs.judge, caller, job.id, change.verdict, change.comment)
        if change.data is not None:
            job = await to_thread.run_sync(jobs.set_custom_data, caller, job.id, change.data)
    return Response(wire.job_json(job))


@post("/print/jobs/{job_id:str}/printable", status_code=200)
async def post_job_printable(request: Incoming, job_id: FromPath[str]) -> Answer:
    """Say what a job shall print that no printer has seen."""
    caller = await caller_of(request, *SCOPES)
    job = _job(request, caller, job_id)
    printable = wire.parse_printable(await _params(request))
    return await _moved(request, lambda jobs: jobs.set_printable(caller, job.id, printable))


@post("/print/jobs/{job_id:str}/printer", status_code=200)
async def post_job_printer(request: Incoming, job_id: FromPath[str]) -> Answer:
    """Give a job that no printer has seen to a printer."""
    caller = await caller_of(request, *SCOPES)
    job = _job(request, caller, job_id)
    number = wire.parse_printer(await _params(request))
    return await _moved(request, lambda jobs: jobs.set_printer(caller, job.id, number))


@post("/print/jobs/{job_id:str}/register", status_code=200)
async def post_job_register(request: Incoming, job_id: FromPath[str]) -> Answer:
    """Say where the changes of a job are told."""
    caller = await caller_of(request, *SCOPES)
    job = _job(request, caller, job_id)
    url = wire.parse_callback(await _params(request))
    with numbered(Operation.PRINT_JOB):
        check_address(url, services(request).settings)
    return await _moved(request, lambda jobs: jobs.set_callback(caller, job.id, url))


# --- Of printers ------------------------------------------------------------------------------------------------------


@get_and_head("/print/printers/jobs")
async def get_own_jobs(request: Incoming) -> Answer:
    """Return a page of the printer's jobs that are not over, in the order of their turns."""
    printer = printer_of(request)
    page = parse_page(request.url.path, list(request.query_params.multi_items()), Operation.PRINT_JOB)
    ask = partial(services(request).reports.queue_of, printer, limit=page.limit, offset=page.offset)
    found, total = await to_thread.run_sync(ask)
    return Response(page_json("jobs", [wire.job_json(job) for job in found], total, page))


@post("/print/printers/jobs", status_code=200)
async def post_own_job(request: Incoming) -> Answer:
    """Take in a job that the printer has begun itself."""
    printer = printer_of(request)
    report, name = wire.parse_local_job(await firmware_params(request))
    with numbered(Operation.PRINT_JOB):
        job = await to_thread.run_sync(partial(services(request).reports.begin, printer, report, name=name))
    return Response(wire.place_json(job))


@delete("/print/printers/jobs/{job_id:str}", status_code=204)
async def delete_own_job(request: Incoming, job_id: FromPath[str]) -> None:
    """Take a job out of the printer's queue."""
    printer = printer_of(request)
    with numbered(Operation.PRINT_JOB):
        await to_thread.run_sync(services(request).reports.drop, printer, decoded(job_id))


# --- What they share --------------------------------------------------------------------------------------------------


async def _params(request: Incoming) -> Params:
    return await read_params(request, max_bytes=MAX_BODY_BYTES)


def _job(request: Incoming, caller: Caller, sent_id: str) -> PrintJob:
    """Return the job whose id stands in the path, or answer 404. Printers give their own jobs any names."""
    with numbered(Operation.PRINT_JOB):
        return services(request).print_jobs.get(caller, decoded(sent_id))


async def _listed(request: Incoming, caller: Caller, printer_id: int | None) -> Answer:
    """Answer a page of jobs in the states that are asked for."""
    query = list(request.query_params.multi_items())
    page = parse_page(request.url.path, query, Operation.PRINT_JOB)
    ask = partial(
        services(request).print_jobs.list,
        caller,
        states=wire.parse_states(query),
        printer_id=printer_id,
        limit=page.limit,
        offset=page.offset,
    )
    with numbered(Operation.PRINT_JOB):
        found, total = await to_thread.run_sync(ask)
    return Response(page_json("jobs", [wire.job_json(job) for job in found], total, page))


async def _moved(request: Incoming, move: Callable[[PrintJobs], PrintJob]) -> Answer:
    """Move a job, and answer where it stands; what the body has named and is not there is 400."""
    with numbered(Operation.PRINT_JOB):
        try:
            job = await to_thread.run_sync(move, services(request).print_jobs)
        except NotFound as error:
            number = caller_code(Operation.PRINT_JOB, Reason.NOT_FOUND)
            raise Problem(400, number, str(error)) from error
    return Response(wire.place_json(job))


HANDLERS: Final = [
    get_jobs,
    get_printer_jobs,
    post_printer_job,
    put_printer_job,
    get_job,
    put_job,
    post_job_printable,
    post_job_printer,
    post_job_register,
    get_own_jobs,
    post_own_job,
    delete_own_job,
]
