import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from identities import StandingClock, a_key, a_token, an_identity, an_identity_on
from outfeed.database import open_database, reading, writing
from outfeed.errors import (
    AlreadyExists,
    ClientUnknown,
    InvalidField,
    NotFound,
    NotMeaningful,
    RateLimited,
    ScopeMissing,
    ScopeUnknown,
    TokenMissing,
    Unauthenticated,
)
from outfeed.identity.apps import CLI
from outfeed.identity.caller import Caller
from outfeed.identity.keys import link_secret, token_keys
from outfeed.identity.principals import LOCAL_USER, normal_email
from outfeed.identity.scopes import SCOPES, parse_scopes
from outfeed.identity.service import MAX_TTL_S, Identity
from outfeed.identity.tokens import MAX_LENGTH
from outfeed.schema import apps, buckets, metadata, principals, signing_keys


def caller_with(identity: Identity, token: str, client_host: str = "192.0.2.1") -> Caller:
    """Return whom a token acts for."""
    return identity.caller(f"Bearer {token}", client_host=client_host)


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says, verified with the public half of our key alone."""
    public = RSAKey.import_key(a_key().as_dict(private=False))
    return jwt.decode(token, public, ["RS256"]).claims


def signed(claims: dict[str, Any], **header: str) -> str:
    """Return a token signed with our own key, whatever it says."""
    return jwt.encode({"alg": "RS256", "kid": "key-1"} | header, claims, a_key(), ["RS256"])


# --- Tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_of_an_app_acts_as_its_service_user(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)
    made = identity.create_app("Robot")
    app = identity.client(made.app.id, made.client_secret, client_host="192.0.2.1")
    grant = identity.grant(app, ["data:read", "bucket:read"])

    caller = caller_with(identity, grant.access_token)

    expected = Caller(principal_id=app.service_id, app_id=made.app.id, scopes=frozenset({"data:read", "bucket:read"}))
    assert expected == caller


def test_a_token_of_a_user_acts_as_the_user_through_the_command_lines_app(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)
    user = identity.create_user("ann@example.org")

    caller = caller_with(identity, a_token(identity, "data:read", email="Ann@Example.org"))

    assert Caller(principal_id=user.id, app_id=CLI, scopes=frozenset({"data:read"})) == caller


def test_a_token_says_what_the_reference_says_of_it(tmp_path: Path) -> None:
    clock = StandingClock()
    identity = an_identity(tmp_path, clock)
    user = identity.create_user("ann@example.org")

    claims = claims_of(a_token(identity, "data:read", "data:write", ttl_s=60))

    assert len(claims.pop("jti")) == 36
    assert {
        "iss": "urn:outfeed",
        "aud": "urn:outfeed",
        "sub": user.id,
        "client_id": CLI,
        "scope": ["data:read", "data:write"],
        "iat": clock.ms // 1000,
        "nbf": clock.ms // 1000 - 60,
        "exp": clock.ms // 1000 + 60,
        "name": user.email,
        "preferred_username": user.email,
        "email": user.email,
    } == claims


def test_two_tokens_made_in_the_same_moment_differ(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)

    assert a_token(identity, "data:read") != a_token(identity, "data:read")


@pytest.mark.parametrize("started_at_ms", [0, 1, 999])
def test_a_token_lives_as_long_as_its_client_was_told(tmp_path: Path, started_at_ms: int) -> None:
    clock = StandingClock()
    clock.ms += started_at_ms
    identity = an_identity(tmp_path, clock)
    token = a_token(identity, ttl_s=10)

    clock.ms += 9_999

    assert CLI == caller_with(identity, token).app_id


def test_introspection_ends_with_the_token(tmp_path: Path) -> None:
    clock = StandingClock()
    identity = an_identity(tmp_path, clock)
    app = identity.create_app("Robot").app
    token = identity.grant(app, ["data:read"]).access_token

    clock.pass_s(3599.999)
    before = identity.introspect(token, app=app)
    clock.pass_s(0.001)

    assert before is not None
    assert identity.introspect(token, app=app) is None


@pytest.mark.parametrize("started_at_ms", [0, 1, 999])
def test_a_token_works_to_its_end_and_not_beyond(tmp_path: Path, started_at_ms: int) -> None:
    clock = StandingClock()
    clock.ms += started_at_ms
    identity = an_identity(tmp_path, clock)
    token = a_token(identity, ttl_s=10)
    end_ms = claims_of(token)["exp"] * 1000

    clock.ms = end_ms - 1
    before = caller_with(identity, token)
    clock.ms = end_ms

    assert before.app_id == CLI
    with pytest.raises(Unauthenticated):
        caller_with(identity, token)
    with pytest.raises(Unauthenticated):
        caller_with(an_identity_on(tmp_path, clock), token)


def test_a_token_works_in_every_process_on_the_same_database(tmp_path: Path) -> None:
    clock = StandingClock()
    token = a_token(an_identity(tmp_path, clock), "data:read")

    assert frozenset({"data:read"}) == caller_with(an_identity_on(tmp_path, clock), token).scopes


def test_the_published_keys_are_public_and_verify_a_token(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)

    keys = identity.jwks()

    assert [{"kid", "kty", "use", "alg", "n", "e"}] == [set(key) for key in keys]
    assert [("key-1", "RSA", "sig", "RS256")] == [
        tuple(key[name] for name in ("kid", "kty", "use", "alg")) for key in keys
    ]
    published = RSAKey.import_key(keys[0])
    assert CLI == jwt.decode(a_token(identity), published, ["RS256"]).claims["client_id"]


GOOD = {"iss": "urn:outfeed", "aud": "urn:outfeed", "client_id": CLI, "scope": ["data:read"], "iat": 1_767_225_600}


@pytest.mark.parametrize(
    "change",
    [
        {"exp": None},
        {"exp": "1999999999"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": [1_999_999_999]},
        {"iss": "https://developer.api.autodesk.com"},
        {"aud": ["urn:outfeed"]},
        {"sub": None},
        {"sub": 7},
        {"sub": "nobody"},
        {"client_id": "nobody"},
        {"client_id": {}},
        {"scope": "data:read"},
        {"scope": None},
        {"iat": 1_767_225_661},
        {"iat": None, "nbf": 1_767_225_601},
        {"nbf": 1_767_225_601},
        {"nbf": "now"},
    ],
)
def test_a_token_with_our_signature_and_wrong_claims_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    identity = an_identity(tmp_path)
    claims = GOOD | {"sub": identity.create_user("ann@example.org").id, "exp": 1_767_229_200}
    fine = caller_with(identity, signed(claims))

    changed = {name: value for name, value in (claims | change).items() if value is not None}

    assert frozenset({"data:read"}) == fine.scopes
    with pytest.raises(Unauthenticated):
        caller_with(identity, signed(changed))


def test_a_token_signed_by_another_key_under_our_keys_name_is_refused(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)
    claims = claims_of(a_token(identity, "data:read"))
    foreign = jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, RSAKey.generate_key(2048), ["RS256"])

    with pytest.raises(Unauthenticated):
        caller_with(identity, foreign)


def test_our_public_key_used_as_a_shared_secret_signs_nothing(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)
    claims = claims_of(a_token(identity, "data:read"))
    secret = OctKey.import_key(json.dumps(identity.jwks()[0]).encode())
    forged = jwt.encode({"alg": "HS256", "kid": "key-1"}, claims, secret, ["HS256"])

    with pytest.raises(Unauthenticated):
        caller_with(identity, forged)


@pytest.mark.parametrize("kid", ["key-2", "", "../../../dev/null"])
def test_a_token_that_names_a_key_we_do_not_have_is_refused(tmp_path: Path, kid: str) -> None:
    identity = an_identity(tmp_path)

    with pytest.raises(Unauthenticated):
        caller_with(identity, signed(claims_of(a_token(identity)), kid=kid))


@pytest.mark.parametrize("place", range(3))
def test_a_token_with_one_changed_character_is_refused(tmp_path: Path, place: int) -> None:
    identity = an_identity(tmp_path)
    parts = a_token(identity, "data:read").split(".")
    middle = len(parts[place]) // 2
    swapped = "A" if parts[place][middle] != "A" else "B"
    parts[place] = parts[place][:middle] + swapped + parts[place][middle + 1 :]

    with pytest.raises(Unauthenticated):
        caller_with(identity, ".".join(parts))


@pytest.mark.parametrize(
    "token",
    [
        "a.b.c",
        "....",
        "." * MAX_LENGTH,
        "A" * (MAX_LENGTH + 1),
        "W1tb" * 2000 + ".A.A",
        "eyJhbGciOiJSUzI1NiJ9",
        "e30.e30.e30",
        "ImFsZyI.e30.AA",
        "WyJhbGciXQ.e30.AA",
        "eyJhbGciOlsiUlMyNTYiXX0.e30.AA",
        "eyJhbGciOnt9fQ.e30.AA",
    ],
)
def test_what_is_no_token_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(Unauthenticated):
        caller_with(an_identity(tmp_path), token)


def test_the_longest_list_of_scopes_fits_into_a_token(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)
    scopes = parse_scopes(" ".join(f"data:read:urn:adsk.x:{number:018}" for number in range(50)))

    assert frozenset(scopes) == caller_with(identity, a_token(identity, *scopes)).scopes


# --- Who is calling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_read_without_regard_to_case(tmp_path: Path, scheme: str) -> None:
    identity = an_identity(tmp_path)

    assert CLI == identity.caller(f"{scheme} {a_token(identity)}", client_host="192.0.2.1").app_id


@pytest.mark.parametrize(
    "header", ["Basic {}", "{}", "Bearer", "Bearer ", "Bearer {}, Bearer {}", "Bearer {} x", "Bearer\t{}"]
)
def test_another_authorization_header_is_refused(tmp_path: Path, header: str) -> None:
    identity = an_identity(tmp_path)

    with pytest.raises(Unauthenticated):
        identity.caller(header.replace("{}", a_token(identity)), client_host="192.0.2.1")


@pytest.mark.parametrize("header", [None, ""])
def test_a_missing_token_is_told_from_a_wrong_one(tmp_path: Path, header: str | None) -> None:
    with pytest.raises(TokenMissing):
        an_identity(tmp_path).caller(header, client_host="192.0.2.1")


def test_tokens_of_a_deleted_app_stop_within_a_second(tmp_path: Path) -> None:
    clock = StandingClock()
    identity = an_identity(tmp_path, clock)
    made = identity.create_app("Robot")
    token = identity.grant(made.app, ["data:read"]).access_token
    caller_with(identity, token)
    an_identity_on(tmp_path, clock).delete_app(made.app.id)

    clock.pass_s(1)

    with pytest.raises(Unauthenticated):
        caller_with(identity, token)


def test_tokens_of_a_deleted_user_stop_within_a_second(tmp_path: Path) -> None:
    clock = StandingClock()
    identity = an_identity(tmp_path, clock)
    token = a_token(identity, email="ann@example.org")
    caller_with(identity, token)
    with writing(open_database(tmp_path)) as connection:
        connection.execute(principals.delete().where(principals.c.email == "ann@example.org"))

    clock.pass_s(1)

    with pytest.raises(Unauthenticated):
        caller_with(identity, token)


def test_remembered_tokens_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outfeed.identity.service._REMEMBERED", 3)
    identity = an_identity(tmp_path)

    callers = {caller_with(identity, a_token(identity)) for _ in range(5)}

    assert (1, 3) == (len(callers), len(identity._known))


def test_a_call_that_needs_another_scope_names_it() -> None:
    caller = Caller(principal_id="p", app_id="a", scopes=frozenset({"data:read"}))

    with pytest.raises(ScopeMissing, match=r"Needed: bucket:read data:write\.$"):
        caller.require("data:write", "bucket:read", "data:read")


# --- Open mode --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic x"])
def test_in_open_mode_every_caller_is_the_local_user_with_all_scopes(tmp_path: Path, header: str | None) -> None:
    identity = an_identity(tmp_path, open=True)
    local = next(user for user in identity.users() if user.email == LOCAL_USER)

    caller = identity.caller(header, client_host="127.0.0.1")

    assert Caller(principal_id=local.id, app_id=CLI, scopes=frozenset(SCOPES)) == caller


def test_in_open_mode_any_credentials_give_a_token_of_the_local_user(tmp_path: Path) -> None:
    clock = StandingClock()
    identity = an_identity(tmp_path, clock, open=True)
    app = identity.client("anything", "at all", client_host="127.0.0.1")

    grant = identity.grant(app, ["data:read"])

    local = next(user for user in identity.users() if user.email == LOCAL_USER)
    expected = Caller(principal_id=local.id, app_id=CLI, scopes=frozenset({"data:read"}))
    assert expected == caller_with(an_identity_on(tmp_path, clock), grant.access_token)


# --- Users and apps ---------------------------------------------------------------------------------------------------


def test_a_users_address_is_kept_in_lower_case_and_taken_once(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)
    user = identity.create_user(" Ann@Example.ORG ")

    with pytest.raises(AlreadyExists):
        identity.create_user("ann@example.org")
    assert ["ann@example.org", LOCAL_USER] == sorted(user.email for user in identity.users())
    assert "ann@example.org" == user.email


@pytest.mark.parametrize(
    "text", ["", "ann", "ann@", "@example.org", "a@b@c", "a b@c", "a@b\nc", "a@b\x00", "x" * 319 + "@y"]
)
def test_what_is_no_address_makes_no_user(text: str) -> None:
    with pytest.raises(InvalidField):
        normal_email(text)


def test_a_new_apps_secret_is_stored_as_its_digest_only(tmp_path: Path) -> None:
    made = an_identity(tmp_path).create_app("Robot")

    with reading(open_database(tmp_path)) as connection:
        row = connection.execute(sa.select(apps).where(apps.c.id == made.app.id)).mappings().one()
    assert hashlib.sha256(made.client_secret.encode()).hexdigest() == row["secret_digest"]
    assert made.client_secret not in str(dict(row))
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert made.client_secret.encode() not in stored


def test_client_ids_and_secrets_are_long_letters_and_digits_and_never_the_same(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)
    made = [identity.create_app("Robot") for _ in range(5)]

    texts = {text for one in made for text in (one.app.id, one.client_secret)}

    assert [(43, True, True)] * 10 == [(len(text), text.isalnum(), text.isascii()) for text in texts]


@pytest.mark.parametrize("secret", ["", "wrong", "wr\u00f6ng", "\x00"])
def test_a_wrong_secret_signs_nobody_in(tmp_path: Path, secret: str) -> None:
    identity = an_identity(tmp_path)
    made = identity.create_app("Robot")

    for client_id in (made.app.id, CLI, "nobody", "", made.app.id.swapcase()):
        with pytest.raises(ClientUnknown):
            identity.client(client_id, secret, client_host="192.0.2.1")


def test_an_app_may_have_an_owner_who_is_there(tmp_path: Path) -> None:
    clock = StandingClock()
    identity = an_identity(tmp_path, clock)
    identity.create_user("ann@example.org")
    clock.pass_s(1)

    identity.create_app("Robot", "Ann@example.org")

    assert [("command line", None), ("Robot", "ann@example.org")] == [
        (app.name, app.owner_email) for app in identity.apps()
    ]
    with pytest.raises(NotFound):
        identity.create_app("Robot", "bob@example.org")


@pytest.mark.parametrize("name", ["", "  ", "x" * 257, "a\nb", "a\x00"])
def test_a_name_that_cannot_be_shown_makes_no_app(tmp_path: Path, name: str) -> None:
    identity = an_identity(tmp_path)

    with pytest.raises(InvalidField):
        identity.create_app(name)
    assert [CLI] == [app.id for app in identity.apps()]


def test_an_app_that_owns_buckets_cannot_be_deleted(tmp_path: Path) -> None:
    identity = an_identity(tmp_path)
    app = identity.create_app("Robot").app
    row = {"key": "box", "app_id": app.id, "policy": "transient", "created_at": 0}
    with writing(open_database(tmp_path)) as connection:
        connection.execute(buckets.insert(), row)

    with pytest.raises(NotMeaningful, match="Buckets still belong"):
        identity.delete_app(app.id)
    assert app in identity.apps()


@pytest.mark.parametrize(("client_id", "error"), [(CLI, NotMeaningful), ("nobody", NotFound)])
def test_the_built_in_app_stays_and_an_unknown_one_is_not_there(
    tmp_path: Path, client_id: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        an_identity(tmp_path).delete_app(client_id)


@pytest.mark.parametrize("ttl_s", [0, -1, MAX_TTL_S + 1])
def test_a_token_made_by_hand_has_a_life_within_bounds(tmp_path: Path, ttl_s: int) -> None:
    with pytest.raises(InvalidField):
        a_token(an_identity(tmp_path), ttl_s=ttl_s)


# --- Keys -------------------------------------------------------------------------------------------------------------


def test_the_first_start_makes_one_key_of_each_purpose_and_later_ones_find_it(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    metadata.create_all(engine)

    secrets = {link_secret(engine, StandingClock()) for _ in range(2)}
    keys = [token_keys(engine, StandingClock()) for _ in range(2)]

    assert [32] == [len(secret) for secret in secrets]
    assert [keys[0][0].kid] == [key.kid for key in keys[1]]
    assert [keys[0][0].thumbprint()] == [key.kid for key in keys[1]]
    with reading(engine) as connection:
        assert {"link", "token"} == set(connection.execute(sa.select(signing_keys.c.purpose)).scalars())


def test_the_newest_key_signs_and_older_ones_still_verify(tmp_path: Path) -> None:
    clock = StandingClock()
    old = a_token(an_identity(tmp_path, clock), "data:read")
    private = RSAKey.generate_key(2048).as_pem(private=True).decode()
    with writing(open_database(tmp_path)) as connection:
        row = {"kid": "key-2", "purpose": "token", "private": private, "created_at": clock.ms + 1}
        connection.execute(signing_keys.insert(), row)

    identity = an_identity_on(tmp_path, clock)

    assert ["key-2", "key-1"] == [key["kid"] for key in identity.jwks()]
    assert frozenset({"data:read"}) == caller_with(identity, old).scopes
    assert frozenset({"data:write"}) == caller_with(identity, a_token(identity, "data:write")).scopes


# --- Scopes -----------------------------------------------------------------------------------------------------------


def test_scopes_are_kept_once_and_in_order() -> None:
    assert ("data:write", "data:read") == parse_scopes("  data:write data:read\tdata:write ")


def test_no_scopes_allow_nothing() -> None:
    assert () == parse_scopes("")


def test_every_scope_of_the_platform_is_known() -> None:
    assert SCOPES == parse_scopes(" ".join(SCOPES))


@pytest.mark.parametrize(
    "text", ["data:reads", "DATA:READ", "*", "data:read:*", "data:read:urn:x", "data:read,data:write", "é"]
)
def test_an_unknown_scope_is_refused_by_name(text: str) -> None:
    with pytest.raises(ScopeUnknown, match="Unknown: "):
        parse_scopes(f"data:read {text}")


@pytest.mark.parametrize("text", [" " * 2001, " ".join(f"data:read:urn:adsk.{number}" for number in range(51))])
def test_a_list_of_scopes_has_bounds(text: str) -> None:
    with pytest.raises(ScopeUnknown, match="At most 50"):
        parse_scopes(text)


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_a_principal_that_calls_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    clock = StandingClock()
    identity = an_identity(tmp_path, clock, rate_per_s=1, rate_burst_s=3)
    token = a_token(identity)
    for _ in range(3):
        caller_with(identity, token)
        clock.pass_s(0.5)

    with pytest.raises(RateLimited) as refusal:
        caller_with(identity, token)
    clock.pass_s(refusal.value.retry_after_s)

    assert 2 == refusal.value.retry_after_s
    assert CLI == caller_with(identity, token).app_id


def test_a_client_that_keeps_to_the_rate_is_never_refused(tmp_path: Path) -> None:
    clock = StandingClock()
    identity = an_identity(tmp_path, clock, rate_per_s=100, rate_burst_s=1)
    token = a_token(identity, ttl_s=60)

    for _ in range(1000):
        clock.pass_s(0.01)
        caller_with(identity, token)

    assert clock.ms == 1_767_225_610_000


def test_one_principals_calls_do_not_count_for_another(tmp_path: Path) -> None:
    identity = an_identity(tmp_path, rate_per_s=1, rate_burst_s=1)

    callers = {caller_with(identity, a_token(identity, email=f"{name}@example.org")) for name in "abc"}

    assert 3 == len(callers)


def test_an_address_that_fails_too_often_is_refused_but_good_tokens_from_it_are_not(tmp_path: Path) -> None:
    identity = an_identity(tmp_path, rate_per_s=2, rate_burst_s=1)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            caller_with(identity, "wrong")

    with pytest.raises(RateLimited):
        caller_with(identity, "wrong")
    with pytest.raises(Unauthenticated):
        caller_with(identity, "wrong", client_host="192.0.2.2")
    assert CLI == caller_with(identity, a_token(identity)).app_id


def test_sign_in_is_limited_by_address(tmp_path: Path) -> None:
    identity = an_identity(tmp_path, rate_per_s=2, rate_burst_s=1)
    made = identity.create_app("Robot")
    for _ in range(2):
        identity.client(made.app.id, made.client_secret, client_host="192.0.2.1")

    with pytest.raises(RateLimited):
        identity.client(made.app.id, made.client_secret, client_host="192.0.2.1")
    assert made.app == identity.client(made.app.id, made.client_secret, client_host="192.0.2.2")


def test_addresses_that_went_quiet_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outfeed.identity.limits._MANY", 3)
    clock = StandingClock()
    identity = an_identity(tmp_path, clock, rate_per_s=1, rate_burst_s=10)
    for number in range(5):
        clock.pass_s(20)
        with pytest.raises(Unauthenticated):
            caller_with(identity, "wrong", client_host=f"192.0.2.{number}")

    assert 1 == len(identity._limits.windows._hits)
