package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/settings"
)

// acme is a session to which the fourth line adds something.
const acme = `sessions:
  - name: acme
    start_url: https://acme.awsapps.com/start
    `

var refusals = []struct{ what, yaml, want string }{
	{"a misspelled key", acme + `sso-region: eu-west-1`, `c.yaml:4:5: unknown key "sso-region": did you mean sso_region?`},
	{"camel case", acme + `keepSignedIn: true`, `c.yaml:4:5: unknown key "keepSignedIn": did you mean keep_signed_in?`},
	{"a key of nothing we know", acme + `favourite_colour: blue`, `c.yaml:4:5: unknown key "favourite_colour": there are name, start_url, sso_region, keep_signed_in, device_code, callback_port, out, layout, profile_name, keep_old_names, defaults, accounts, roles, include, exclude, overrides, default_profile, chains`},
	{"a key of the wrong level", "start_url: https://acme.awsapps.com/start", `c.yaml:1:1: start_url is a key of a session: put it below its name`},
	{"a key of a session beside them", acme + "out: ~/a\noverrides: []", `c.yaml:5:1: overrides is a key of a session: put it below its name`},
	{"a key of nothing we know beside the sessions", "sessions: []\nfavourite_colour: blue", `c.yaml:2:1: unknown key "favourite_colour": there is only sessions`},
	{"a misspelled key in a match", acme + `include: [{accounts: dev}]`, `c.yaml:4:16: unknown key "accounts": did you mean account?`},
	{"a misspelled key in an override", acme + "overrides: [{match: {role: a}, sets: {region: eu-west-1}}]", `c.yaml:4:36: unknown key "sets": did you mean set?`},
	{"a misspelled key in a chain", acme + "chains: [{form: {role: a}}]", `c.yaml:4:15: unknown key "form": did you mean from?`},

	{"a list for text", acme + `sso_region: [eu-west-1]`, `c.yaml:4:17: sso_region must be text, not a list`},
	{"a dict for text", acme + `sso_region: {a: b}`, `c.yaml:4:17: sso_region must be text, not keys with values`},
	{"text for a list", acme + `include: dev`, `c.yaml:4:14: include must be a list, not text`},
	{"a dict for a list", acme + `include: {account: dev}`, `c.yaml:4:14: include must be a list, not keys with values`},
	{"text for a dict", acme + `defaults: eu-west-1`, `c.yaml:4:15: defaults must be keys with values, not text`},
	{"text in a list of matches", acme + `include: [dev]`, `c.yaml:4:15: an entry of include must be keys with values, not text`},
	{"text for a match", acme + `default_profile: dev`, `c.yaml:4:22: default_profile must be keys with values, not text`},
	{"text for sessions", `sessions: acme`, `c.yaml:1:11: sessions must be a list, not text`},
	{"a dict of sessions", "sessions:\n  acme:\n    start_url: https://acme.awsapps.com/start", `c.yaml:2:3: sessions must be a list, not keys with values`},
	{"a list of names", "sessions: [acme]", `c.yaml:1:12: an entry of sessions must be keys with values, not text`},
	{"text for the file", "acme", `c.yaml:1:1: the file must be keys with values, not text`},
	{"a list for the file", "- name: acme", `c.yaml:1:1: the file must be keys with values, not a list`},
	{"yes", acme + `keep_signed_in: yes`, `c.yaml:4:21: keep_signed_in must be true or false, not "yes"`},
	{"on", acme + `device_code: on`, `c.yaml:4:18: device_code must be true or false, not "on"`},
	{"a truth in quotes", acme + `keep_signed_in: "true"`, `c.yaml:4:21: keep_signed_in must be true or false, without quotes`},
	{"one for true", acme + `keep_signed_in: 1`, `c.yaml:4:21: keep_signed_in must be true or false, not "1"`},
	{"a list for a truth", acme + `keep_signed_in: [true]`, `c.yaml:4:21: keep_signed_in must be true or false, not a list`},
	{"renames as a list", acme + `accounts: [dev]`, `c.yaml:4:15: accounts must be keys with values, not a list`},
	{"renames of renames", acme + `accounts: {"111122223333": {name: dev}}`, `c.yaml:4:32: 111122223333 must be text, not keys with values`},

	{"no value", acme + `sso_region:`, `c.yaml:4:15: sso_region has no value`},
	{"null", acme + `sso_region: null`, `c.yaml:4:17: sso_region has no value`},
	{"a tilde", acme + `keep_signed_in: ~`, `c.yaml:4:21: keep_signed_in has no value`},
	{"no port", acme + `callback_port:`, `c.yaml:4:18: callback_port has no value`},
	{"no list", acme + `overrides:`, `c.yaml:4:14: overrides has no value`},
	{"no dict", acme + `defaults:`, `c.yaml:4:13: defaults has no value`},
	{"no match", acme + `default_profile:`, `c.yaml:4:20: default_profile has no value`},
	{"an item of nothing", acme + `exclude: [{role: a}, ]` + "\n    include:\n      -", `c.yaml:6:7: an entry of include has no value`},
	{"a key of profiles without a value", acme + `defaults: {cli_pager: }`, `c.yaml:4:25: cli_pager has no value: write "" for an empty one`},
	{"no session", "sessions:\n  -\n", `c.yaml:2:3: an entry of sessions has no value`},
	{"a session of nothing", "sessions: [{}]", `c.yaml:1:12: a session needs a name, as in name: my-sso`},
	{"null for the file", "null", `c.yaml:1:1: the file has no value`},

	{"a key twice", acme + "start_url: https://other.awsapps.com/start", `c.yaml:4:5: key "start_url" stands there twice, first in line 3`},
	{"sessions twice", acme + "out: ~/a\nsessions: []", `c.yaml:5:1: key "sessions" stands there twice, first in line 1`},
	{"a key twice in brackets", acme + `defaults: {region: eu-west-1, "region": eu-west-1}`, `c.yaml:4:35: key "region" stands there twice, first in line 4`},
	{"an account twice, once in quotes", acme + `accounts: {111122223333: a, "111122223333": b}`, `c.yaml:4:33: key "111122223333" stands there twice, first in line 4`},

	{"a template that is none", acme + `profile_name: "{{ .AccountName "`, `c.yaml:4:19: profile_name "{{ .AccountName ": the template does not parse: unclosed action`},
	{"a function that there is not", acme + `profile_name: "{{ .AccountName | shout }}"`, `c.yaml:4:19: profile_name "{{ .AccountName | shout }}": the template does not parse: function "shout" not defined`},
	{"a field that there is not", acme + `profile_name: "{{ .Account }}"`, `c.yaml:4:19: profile_name "{{ .Account }}": the template has .Account in it, and there are .AccountID, .AccountName, .Email, .RoleName, .Session, .Region`},
	{"a template without quotes", acme + `profile_name: {{ .AccountName }}`, `c.yaml:4:20: in { } stand keys with values, as in {account: dev}; text that begins with { needs quotes`},
	{"a glob that is none", acme + `include: [{account: "[a-"}]`, `c.yaml:4:25: account "[a-": not a glob: the signs are *, ?, [a-z] and {one,other}, and \ before a sign that stands for itself`},
	{"a role glob that is none", acme + `exclude: [{role: "{a,b"}]`, `c.yaml:4:22: role "{a,b": not a glob: the signs are *, ?, [a-z] and {one,other}, and \ before a sign that stands for itself`},
	{"a star without quotes", acme + `include: [{account: *}]`, `c.yaml:4:25: * (an alias) is not understood here: text that begins with it needs quotes, as in "*-prod"`},
	{"a glob that begins with a star", acme + "default_profile:\n      account: *-prod", `c.yaml:5:16: * (an alias) is not understood here: text that begins with it needs quotes, as in "*-prod"`},
	{"a glob that begins with a bracket", acme + "default_profile:\n      account: [a-z]", `c.yaml:5:16: account is text: a glob that begins with [ or { needs quotes`},
	{"a glob that begins with a brace", acme + "default_profile:\n      account: {dev,prod}", `c.yaml:5:17: in { } stand keys with values, as in {account: dev}; text that begins with { needs quotes`},
	{"a glob of stars and brackets", acme + "default_profile:\n      account: [a-z]*", `c.yaml:5:21: * (an alias) is not understood here: text that begins with it needs quotes, as in "*-prod"`},
	{"an empty glob", acme + `include: [{account: ""}]`, `c.yaml:4:25: account must not be empty: "*" means all`},
	{"a match of nobody", acme + `exclude: [{}]`, `c.yaml:4:15: says nothing about who is meant: give account, role, or both`},

	{"a region that is none", acme + `sso_region: Ireland`, `c.yaml:4:17: sso_region "Ireland": not the name of an AWS region, such as eu-west-1`},
	{"an empty region", acme + `sso_region: ""`, `c.yaml:4:17: sso_region "": not the name of an AWS region, such as eu-west-1`},
	{"a default region that is none", acme + `defaults: {region: eu-west}`, `c.yaml:4:24: region "eu-west": not the name of an AWS region, such as eu-west-1`},
	{"an empty default region", acme + `defaults: {region: ""}`, `c.yaml:4:24: region "": not the name of an AWS region, such as eu-west-1`},
	{"an output format that there is not", acme + `defaults: {output: xml}`, `c.yaml:4:24: output "xml": there are json, text, table, yaml, yaml-stream and off`},
	{"a start URL without a scheme", "sessions: [{name: a, start_url: acme.awsapps.com/start}]", `c.yaml:1:33: start_url "acme.awsapps.com/start": not the https URL of an access portal, such as https://d-1234567890.awsapps.com/start`},
	{"a start URL of http", "sessions: [{name: a, start_url: http://acme.awsapps.com/start}]", `c.yaml:1:33: start_url "http://acme.awsapps.com/start": not the https URL of an access portal, such as https://d-1234567890.awsapps.com/start`},
	{"a start URL with a password", "sessions: [{name: a, start_url: https://me:secret@acme.awsapps.com/start}]", `c.yaml:1:33: start_url "https://*********@acme.awsapps.com/start": not the https URL of an access portal, such as https://d-1234567890.awsapps.com/start`},
	{"no start URL", "sessions:\n  - name: acme\n", `c.yaml:2:11: session "acme" has no start_url, such as https://d-1234567890.awsapps.com/start`},
	{"a layout that there is not", acme + `layout: sso`, `c.yaml:4:13: layout "sso": there are sso-session and legacy`},
	{"a session's name with a space", "sessions: [{name: my org, start_url: https://acme.awsapps.com/start}]", `c.yaml:1:19: name "my org": not a name that every reader understands (letters, digits and _ . @ + % : / - are fine)`},
	{"a session's name that is an option", "sessions: [{name: -x, start_url: https://acme.awsapps.com/start}]", `c.yaml:1:19: name "-x": looks like an option on a command line`},
	{"an empty name", `sessions: [{name: "", start_url: "https://acme.awsapps.com/start"}]`, `c.yaml:1:19: name "": not a name that every reader understands (letters, digits and _ . @ + % : / - are fine)`},
	{"no name", `sessions: [{start_url: "https://acme.awsapps.com/start"}]`, `c.yaml:1:12: a session needs a name, as in name: my-sso`},
	{"two sessions of one name", acme + "out: ~/a\n  - name: acme\n", `c.yaml:5:11: two sessions are called "acme", the first in line 2`},
	{"two legacy sessions for one portal", acme + "layout: legacy\n  - name: other\n    layout: legacy\n    start_url: https://ACME.awsapps.com/start/#/", `c.yaml:7:16: sessions "acme" and "other" have one start URL and layout legacy, in which they would share their token: give one of them layout sso-session`},

	{"an account id that is too short", acme + `accounts: {"1111": dev}`, `c.yaml:4:16: accounts: "1111": not an account id of twelve digits`},
	{"an account by name", acme + `accounts: {dev: "111122223333"}`, `c.yaml:4:16: accounts: "dev": not an account id of twelve digits`},
	{"a number that lost its zero", acme + `accounts: {12345678901: dev}`, `c.yaml:4:16: accounts: "12345678901": not an account id of twelve digits`},
	{"an account without a name", acme + `accounts: {"111122223333": ""}`, `c.yaml:4:32: accounts: "" for 111122223333: has no character that a profile name can hold`},
	{"an account's name of which nothing is left", acme + `accounts: {"111122223333": "-- --"}`, `c.yaml:4:32: accounts: "-- --" for 111122223333: has no character that a profile name can hold`},
	{"a role's name of which nothing is left", acme + `roles: {Admin: "äöü"}`, `c.yaml:4:20: roles: "äöü" for Admin: has no character that a profile name can hold`},
	{"a role without a name", acme + `roles: {"": admin}`, `c.yaml:4:13: roles: "": must not be empty`},

	{"a key that says whose profile it is", acme + `defaults: {sso_account_id: "111122223333"}`, `c.yaml:4:16: key "sso_account_id" cannot be set: it says whose profile it is, and is written into every one`},
	{"a key of the session", acme + `defaults: {sso_region: eu-west-1}`, `c.yaml:4:16: key "sso_region" cannot be set: it belongs to the session: write it beside name`},
	{"credentials", acme + `defaults: {aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY}`, `c.yaml:4:16: key "aws_secret_access_key" cannot be set: it leads to other credentials than those of the session`},
	{"a process for credentials", acme + `overrides: [{match: {role: a}, set: {credential_process: /bin/sh}}]`, `c.yaml:4:42: key "credential_process" cannot be set: it leads to other credentials than those of the session`},
	{"another role", acme + `defaults: {role_arn: "arn:aws:iam::111122223333:role/Admin"}`, `c.yaml:4:16: key "role_arn" cannot be set: a role that is assumed from another is one of chains, with from and to`},
	{"another source in a chain", acme + `chains: [{from: {role: a}, to: "arn:aws:iam::111122223333:role/b", name: c, set: {source_profile: d}}]`, `c.yaml:4:87: key "source_profile" cannot be set: a role that is assumed from another is one of chains, with from and to`},
	{"another web identity", acme + `defaults: {web_identity_token_file: /tmp/x}`, `c.yaml:4:16: key "web_identity_token_file" cannot be set: it leads to other credentials than those of the session`},
	{"our own notes", acme + `defaults: {aws_sso_config_generator_old_name_until: "2030-01-01"}`, `c.yaml:4:16: key "aws_sso_config_generator_old_name_until" cannot be set: it is for our own notes`},
	{"a key in capitals", acme + `defaults: {Favourite_Colour: blue}`, `c.yaml:4:16: key "Favourite_Colour": not the name of a key, which has small letters, digits and _`},
	{"a known key in capitals", acme + `defaults: {Region: eu-west-1}`, `c.yaml:4:16: key "Region" is unknown: did you mean region?`},
	{"letters that changed places in a key", acme + `defaults: {regoin: eu-west-1}`, `c.yaml:4:16: key "regoin" is unknown: did you mean region?`},
	{"a letter too many in a key", acme + `overrides: [{match: {role: a}, set: {outputs: json}}]`, `c.yaml:4:42: key "outputs" is unknown: did you mean output?`},
	{"a key with dashes", acme + `defaults: {use-fips-endpoint: true}`, `c.yaml:4:16: key "use-fips-endpoint" is unknown: did you mean use_fips_endpoint?`},
	{"a misspelled key in a chain's set", acme + `chains: [{from: {role: a}, to: "arn:aws:iam::111122223333:role/b", name: c, set: {mfa_serail: d}}]`, `c.yaml:4:87: key "mfa_serail" is unknown: did you mean mfa_serial?`},
	{"a misspelled nested key", acme + `defaults: {s3: {max_queue_sizes: 10}}`, `c.yaml:4:21: key "max_queue_sizes" is unknown: did you mean max_queue_size?`},
	{"misspelled credentials", acme + `defaults: {aws_secret_acces_key: wJalrXUtnFEMI}`, `c.yaml:4:16: key "aws_secret_acces_key" is unknown: did you mean aws_secret_access_key?`},
	{"a key with a line end", acme + `defaults: {"a\nb": c}`, `c.yaml:4:16: key "a\nb": not the name of a key, which has small letters, digits and _`},
	{"a value that some take for a comment", acme + `defaults: {cli_pager: "less # -R"}`, `c.yaml:4:27: cli_pager "less # -R": not a value that every reader understands: a part that some readers take for a comment`},
	{"a value of several lines", acme + `defaults: {cli_pager: "a\n[profile x]"}`, `c.yaml:4:27: cli_pager "a\n[profile x]": not a value that every reader understands: a character that is not printable ASCII`},
	{"a list for a value", acme + `defaults: {cli_pager: [less]}`, `c.yaml:4:27: cli_pager must be text, not a list`},
	{"nested too deep", acme + `defaults: {s3: {a: {b: c}}}`, `c.yaml:4:24: a must be text, not keys with values`},
	{"nested and empty", acme + `defaults: {s3: {addressing_style: ""}}`, `c.yaml:4:39: addressing_style in s3 must not be empty`},
	{"nested nothing", acme + `defaults: {s3: {}}`, `c.yaml:4:20: s3 must have keys in it, or be text`},
	{"a nested region", acme + `defaults: {region: {a: b}}`, `c.yaml:4:24: region must be text, not keys with values`},
	{"nested credentials", acme + `defaults: {s3: {role_arn: x}}`, `c.yaml:4:21: key "role_arn" cannot be set: a role that is assumed from another is one of chains, with from and to`},

	{"an override for nobody", acme + `overrides: [{set: {region: eu-west-1}}]`, `c.yaml:4:17: match is missing: whose profiles it changes, as in {account: "data-*"}`},
	{"an override of nothing", acme + `overrides: [{match: {role: a}}]`, `c.yaml:4:17: changes nothing: give set, name, or both`},
	{"a name that shells do not take", acme + `overrides: [{match: {role: a}, name: "a b"}]`, `c.yaml:4:42: name "a b": a profile's name has letters, digits and . _ - @ + % : / and does not begin with a dash`},
	{"a name that is an option", acme + `overrides: [{match: {role: a}, name: "--force"}]`, `c.yaml:4:42: name "--force": a profile's name has letters, digits and . _ - @ + % : / and does not begin with a dash`},
	{"the name default", acme + `overrides: [{match: {role: a}, name: default}]`, `c.yaml:4:42: name "default": say which role [default] is with default_profile`},
	{"the name __proto__", acme + `overrides: [{match: {role: a}, name: __proto__}]`, `c.yaml:4:42: name "__proto__": reserved in JavaScript`},
	{"a chain from nowhere", acme + `chains: [{to: "arn:aws:iam::111122223333:role/b", name: c}]`, `c.yaml:4:14: from is missing: the role that it is assumed from, as in {account: hub, role: NetworkAdmin}`},
	{"a chain to nowhere", acme + `chains: [{from: {role: a}, name: c}]`, `c.yaml:4:14: to is missing: the ARN of the role to assume`},
	{"a chain without a name", acme + `chains: [{from: {role: a}, to: "arn:aws:iam::111122223333:role/b"}]`, `c.yaml:4:14: name is missing: what the profile is called`},
	{"a chain to a user", acme + `chains: [{from: {role: a}, to: "arn:aws:iam::111122223333:user/b", name: c}]`, `c.yaml:4:36: to "arn:aws:iam::111122223333:user/b": not the ARN of a role, such as arn:aws:iam::111122223333:role/Admin`},
	{"two chains of one name", acme + `chains: [{from: {role: a}, to: "arn:aws:iam::111122223333:role/b", name: c}, {from: {role: d}, to: "arn:aws:iam::111122223333:role/e", name: c}]`, `c.yaml:4:146: two chains are called "c"`},

	{"a port that is too high", acme + `callback_port: 65536`, `c.yaml:4:20: callback_port must be a port from 1 to 65535, or 0 for any that is free`},
	{"a negative port", acme + `callback_port: -1`, `c.yaml:4:20: callback_port must be a port from 1 to 65535, or 0 for any that is free`},
	{"a port in octal", acme + `callback_port: 0o17`, `c.yaml:4:20: callback_port must be a port from 1 to 65535, or 0 for any that is free`},
	{"a port in quotes", acme + `callback_port: "8400"`, `c.yaml:4:20: callback_port must be a port from 1 to 65535, or 0 for any that is free`},
	{"a port by name", acme + `callback_port: http`, `c.yaml:4:20: callback_port must be a port from 1 to 65535, or 0 for any that is free`},
	{"a duration without a unit", acme + `keep_old_names: 30`, `c.yaml:4:21: keep_old_names "30": not a time: write days, weeks or hours, as in 30d, 4w or 36h`},
	{"a duration in words", acme + `keep_old_names: a month`, `c.yaml:4:21: keep_old_names "a month": not a time: write days, weeks or hours, as in 30d, 4w or 36h`},
	{"a negative duration", acme + `keep_old_names: -1h`, `c.yaml:4:21: keep_old_names "-1h": not a time: write days, weeks or hours, as in 30d, 4w or 36h`},
	{"a duration without end", acme + `keep_old_names: 60000d`, `c.yaml:4:21: keep_old_names "60000d": more than ten years`},
	{"standard output", acme + `out: "-"`, `c.yaml:4:10: out "-": standard output is for a single run: give --out - there`},
	{"a place that depends on where one is", acme + `out: aws/config`, `c.yaml:4:10: out "aws/config": not an absolute path: begin it with ~/ or /`},
	{"a variable in a path", acme + `out: $HOME/.aws/config`, `c.yaml:4:10: out "$HOME/.aws/config": not an absolute path: begin it with ~/ or /`},
	{"a line end in a path", acme + `out: "/a\nb"`, `c.yaml:4:10: out "/a\nb": not a path: there is a control character in it`},
	{"an empty path", acme + `out: ""`, `c.yaml:4:10: out "": not an absolute path: begin it with ~/ or /`},

	{"two documents", acme + "out: ~/a\n---\nsessions: []", `c.yaml:5:1: more than one document in a file is not understood here`},
	{"the end of a document", acme + "out: ~/a\n...\n", `c.yaml:5:1: more than one document in a file is not understood here`},
	{"an anchor", acme + "defaults: &d {region: eu-west-1}", `c.yaml:4:15: & (an anchor) is not understood here: text that begins with it needs quotes`},
	{"an alias", acme + "defaults: *d", `c.yaml:4:15: * (an alias) is not understood here: text that begins with it needs quotes, as in "*-prod"`},
	{"a tag", acme + "out: !!str ~/a", `c.yaml:4:10: ! (a tag) is not understood here: text that begins with it needs quotes`},
	{"a merge key", acme + "<<: {out: ~/a}", `c.yaml:4:5: << (a merge key) is not understood here`},
	{"a directive", "%YAML 1.2\n---\nsessions: []", `c.yaml:1:1: % (a directive) is not understood here: text that begins with it needs quotes`},
	{"a key by itself", acme + "? out\n    : ~/a", `c.yaml:4:5: ? (a key by itself) is not understood here: text that begins with it needs quotes`},
	{"a tab for an indent", "sessions:\n\t- name: acme", `c.yaml:2:1: a tab: YAML is indented with spaces`},
	{"a tab before a key", "\tsessions: []", `c.yaml:1:1: a tab: YAML is indented with spaces`},
	{"UTF-16", "\xff\xfes\x00", `c.yaml: its text is UTF-16: save it as UTF-8`},
	{"Latin 1", acme + "accounts: {\"111122223333\": \"B\xfcro\"}", `c.yaml:4:34: not UTF-8: save the file as UTF-8`},
	{"a control character", acme + "out: ~/\x00a", `c.yaml:4:12: a control character (U+0000)`},
	{"an old Mac", "sessions: []\r", `c.yaml:1:13: a control character (U+000D)`},
	{"a control character behind an escape", acme + `profile_name: "a\x1b[2J"`, `c.yaml:4:19: a control character (U+001B) in the text`},
	{"too large", strings.Repeat("#", 1<<20+1), `c.yaml: larger than 1 MB`},
	{"deep brackets", acme + "include: " + strings.Repeat("[", 100), `c.yaml:4:28: values in values, more than 16 deep`},
	{"deep lists", acme + "include:\n      " + strings.Repeat("- ", 100) + "a", `c.yaml:5:35: values in values, more than 16 deep`},

	{"a quote without an end", acme + `out: "~/a`, `c.yaml:4:10: could not find end character of double-quoted text`},
	{"a bracket without an end", acme + `include: [{account: dev`, `c.yaml:4:15: this { has no end`},
	{"a bracket too many", acme + `include: [{account: dev}]]`, `c.yaml:4:30: unexpected "]"`},
	{"a missing comma", acme + `include: [{account: "dev" role: x}]`, `c.yaml:4:31: a comma or the end of { is missing before "role"`},
	{"a missing colon", acme + "out\n    layout: legacy", `c.yaml:4:5: "out" is no key: a colon and a space are missing behind it`},
	{"no space behind a colon", acme + "out:~/a", `c.yaml:4:5: "out:~/a" is no key: a colon and a space are missing behind it`},
	{"a key indented too far", acme + "out: ~/a\n      layout: legacy", `c.yaml:5:7: indented too far, so that it belongs to the text above; text over several lines needs quotes`},
	{"a key indented too little", acme + "out: ~/a\n   layout: legacy", `c.yaml:5:4: indented unlike anything above it`},
	{"a key on the same line", acme + "out: layout: legacy", `c.yaml:4:10: a key begins on a line of its own; text with a colon and a space needs quotes`},
	{"a list on the same line", acme + "include: - account: dev", `c.yaml:4:14: a list begins on a line of its own`},
	{"text behind a quote", acme + `out: "~/a" b`, `c.yaml:4:16: unexpected "b"`},
	{"text over two lines that begins with a dash", acme + "out: 0\n     -0", `c.yaml:5:6: indented too far, so that it belongs to the text above; text over several lines needs quotes`},
	{"text over two lines", acme + "out: ~/a\n      b", `c.yaml:5:7: indented too far, so that it belongs to the text above; text over several lines needs quotes`},
	{"a colon in text", acme + "profile_name: prod: {{ .RoleName }}", `c.yaml:4:19: a key begins on a line of its own; text with a colon and a space needs quotes`},
	{"a key over two lines", acme + "\"a\n      b\": c", `c.yaml:4:5: a key and its colon are on one line`},
	{"a reserved sign", acme + "out: @home", `c.yaml:4:10: '@' is a reserved character`},
	{"a key without a value in brackets", acme + "include: [{account}]", `c.yaml:4:16: in { } stand keys with values, as in {account: dev}; text that begins with { needs quotes`},
}

// TestRefusals is what a person reads for every mistake.
func TestRefusals(t *testing.T) {
	for _, r := range refusals {
		t.Run(r.what, func(t *testing.T) {
			s, err := settings.Parse("c.yaml", []byte(r.yaml))
			if err == nil {
				t.Fatalf("accepted: %+v", s)
			}
			if err.Error() != r.want {
				t.Errorf("\n got %s\nwant %s", err, r.want)
			}
			if wrong, ok := errors.AsType[*settings.Error](err); !ok || wrong.Line > 0 && !strings.Contains(wrong.Excerpt, "^") {
				t.Errorf("no place: %#v", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Error("more than one line")
			}
		})
	}
}

// TestExcerpts compares what is shown of some files with testdata/excerpts.txt.
func TestExcerpts(t *testing.T) {
	shown := []string{
		"a misspelled key", "a key of the wrong level", "two sessions of one name", "a start URL with a password", "credentials", "misspelled credentials",
		"another source in a chain", "a tab for an indent", "a control character", "Latin 1", "deep lists", "a key indented too far",
	}
	var all strings.Builder
	for _, r := range refusals {
		if !slices.Contains(shown, r.what) {
			continue
		}
		_, err := settings.Parse("c.yaml", []byte(r.yaml))
		wrong, ok := errors.AsType[*settings.Error](err)
		if !ok {
			t.Fatal(r.what, err)
		}
		all.WriteString("# " + r.what + "\n" + wrong.Error() + "\n" + wrong.Excerpt + "\n")
	}
	path := filepath.Join("testdata", "excerpts.txt")
	if *update {
		if err := os.WriteFile(path, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != all.String() {
		t.Errorf("not as in %s; see the difference with -update", path)
	}
}
