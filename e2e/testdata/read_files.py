"""Print what the AWS CLI's own parser makes of config files, as JSON.

Standard input names the files; an error is what stops every command.
"""

import json
import sys

from awscli.botocore import configloader


def flat(keys):
    result = {}
    for key, value in keys.items():
        if isinstance(value, dict):
            result.update({f"{key}.{nested}": text for nested, text in value.items()})
        else:
            result[key] = value
    return result


readings = {}
for path in json.load(sys.stdin):
    try:
        profiles = configloader.load_config(path)["profiles"]
        readings[path] = {"profiles": {name: flat(keys) for name, keys in profiles.items()}}
    except Exception as error:
        readings[path] = {"lost": type(error).__name__}
print(json.dumps(readings))
