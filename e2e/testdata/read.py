"""Print what the AWS CLI's own parser makes of every profile, as JSON."""

import json

from awscli.botocore.session import Session

config = Session().full_config
profiles = {}
for name, profile in config["profiles"].items():
    # A profile of the newer layout has its portal in the session that it names.
    portal = config["sso_sessions"][profile["sso_session"]] if "sso_session" in profile else profile
    profiles[name] = {
        "accountId": profile["sso_account_id"],
        "roleName": profile["sso_role_name"],
        "startUrl": portal["sso_start_url"],
        "region": portal["sso_region"],
    }
print(json.dumps(profiles))
