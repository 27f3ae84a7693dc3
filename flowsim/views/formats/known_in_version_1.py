"""What version 1 of the JSON of a trace knew: the settings, under the names of today, and the checks by their ids.

Whatever is newer than that stands in no file of version 1, so it is not looked for there.
"""

_SETTINGS = (
    "client pkce verifier state nonce api scope dpop shipped_secret web_view second_server "
    "redirect_uri_per_server state_not_bound_to_browser user login pkce_required plain_allowed par "
    "redirect_match redirect_status iss remembered asks_consent allows_framing actions login_lifetime "
    "code_lifetime access_token_lifetime invalidates_code_on_failure replay_revokes revokes_any_replay "
    "rotation overlap refresh_idle_lifetime refresh_lifetime attacker without later seed start"
)
SETTINGS = frozenset(_SETTINGS.split())
NEW_IN_MEMORY = ("session of",)
# By the place that looks.
_CHECKS = {
    "api": (
        "algorithm audience header_well_formed is_jwt issuer not_before not_expired one_method scope "
        "signature token_present token_type"
    ),
    "api_proof": (
        "address algorithm key method not_seen present public_key readable recent scheme signature token_hash type"
    ),
    "authorize": (
        "challenge_present challenge_well_formed client_known client_may_use_code method_supported "
        "no_request_object no_request_uri parameters_once prompt_possible pushed_where_required "
        "redirect_uri_registered request_uri_good request_uri_unused resource_known response_mode_supported "
        "response_type_present response_type_supported scope_allowed"
    ),
    "callback": "code_or_error issuer_same parameters_once redirect_uri_same state_same transaction_exists",
    "code_proof": "address algorithm key method not_seen present public_key readable recent signature type",
    "consent": "allowed csrf_fits session_fresh session_known user_logged_in",
    "frame": "allowed",
    "id_token": (
        "access_token_hash algorithm audience authorized_party context_class issued_recently issuer "
        "key_not_shared login_recent nonce not_before not_expired readable signature subject"
    ),
    "login": "credentials_fit csrf_fits session_fresh session_known",
    "prepare": "method_supported values_fresh",
    "push": "client_authenticated client_known no_request_uri one_authentication parameters_once post_form",
    "refresh": (
        "client_authenticated client_known client_may_use_grant family_not_expired not_idle_too_long "
        "not_revoked not_used one_authentication parameters_once post_form resource_granted scope_not_wider "
        "token_known token_of_client token_present"
    ),
    "refresh_proof": ("address algorithm key method not_seen present public_key readable recent signature type"),
    "refreshed": (
        "access_token_hash access_token_present algorithm audience id_token_readable issued_recently issuer "
        "login not_before not_expired signature subject type_known"
    ),
    "revoke": (
        "client_authenticated client_known one_authentication parameters_once post_form token_of_client token_present"
    ),
    "send": "code_new endpoint_of_issuer",
    "token": (
        "client_authenticated client_known client_may_use_grant code_fresh code_known code_of_client "
        "code_present code_unused grant_type_present grant_type_supported one_authentication parameters_once "
        "post_form redirect_uri_same resource_granted verifier_fits verifier_present verifier_unexpected "
        "verifier_well_formed"
    ),
    "tokens": "access_token_present type_known",
    "userinfo": "scope token_alive token_issued token_present",
}
CHECKS = frozenset(f"{place}.{name}" for place, names in _CHECKS.items() for name in names.split())
