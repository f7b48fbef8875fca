package settings

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"aws-sso-config-generator/internal/awsconfig"
)

// keys reads keys of profiles in the order in which they are written.
func (d *decoder) keys(n *node) []awsconfig.Key {
	if n.kind != dict {
		d.wrongKind(n, dict)
	}
	var keys []awsconfig.Key
	for _, e := range n.keys {
		d.keyName(e.key, knownKeys())
		key := awsconfig.Key{Name: e.key.text}
		if e.value.kind == dict {
			key = d.nested(e)
		} else {
			key.Value = d.keyValue(e)
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b awsconfig.Key) int {
		return cmp.Or(rank(a.Name)-rank(b.Name), strings.Compare(a.Name, b.Name))
	})
	return keys
}

// rank puts region and output before all others.
func rank(key string) int {
	switch key {
	case "region":
		return 0
	case "output":
		return 1
	}
	return 2
}

// keyName checks the name of a key. One that is nearly a known one is a slip; all
// others are for tools that we do not know.
func (d *decoder) keyName(key *node, known []string) {
	few := func(name string) int { return min(2, len(name)/3) }
	if reason := refusedKey(key.text); reason != "" {
		d.fail(key, "key %q cannot be set: %s", key.text, reason)
	}
	if !slices.Contains(known, key.text) {
		if meant := closest(key.text, known, few); meant != "" {
			d.fail(key, "key %q is unknown: did you mean %s?", key.text, meant)
		}
	}
	if awsconfig.CheckKey(awsconfig.Key{Name: key.text, Value: "any"}) != nil {
		d.fail(key, "key %q: not the name of a key, which has small letters, digits and _", key.text)
	}
}

// keyValue reads the value of one key.
func (d *decoder) keyValue(e entry) string {
	if e.value.kind == nothing {
		d.fail(e.value, `%s has no value: write "" for an empty one`, e.key.text)
		return ""
	}
	return d.text(e.value, func(text string) error {
		switch e.key.text {
		case "region":
			return region(text)
		case "output":
			return oneOf(text, OutputFormats())
		}
		if text == "" {
			return nil
		}
		if err := awsconfig.CheckKey(awsconfig.Key{Name: "any", Value: text}); err != nil {
			return fmt.Errorf("not a value that every reader understands: %w", bare(err))
		}
		return nil
	})
}

// nested reads the keys in a key, such as those of s3.
func (d *decoder) nested(e entry) awsconfig.Key {
	switch {
	case e.key.text == "region" || e.key.text == "output":
		d.wrongKind(e.value, scalar)
	case len(e.value.keys) == 0:
		d.fail(e.value, "%s must have keys in it, or be text", e.key.text)
	}
	var keys []awsconfig.Key
	for _, inner := range e.value.keys {
		d.keyName(inner.key, knownNested)
		value := d.keyValue(inner)
		if value == "" {
			d.fail(inner.value, "%s in %s must not be empty", inner.key.text, e.key.text)
		}
		keys = append(keys, awsconfig.Key{Name: inner.key.text, Value: value})
	}
	slices.SortFunc(keys, func(a, b awsconfig.Key) int { return strings.Compare(a.Name, b.Name) })
	return awsconfig.NestedKey(e.key.text, keys)
}

// refusedKeys are keys of profiles that are not for settings, and why.
var refusedKeys = map[string]string{
	"sso_session":             ownKey,
	"sso_account_id":          ownKey,
	"sso_role_name":           ownKey,
	"sso_start_url":           sessionKey,
	"sso_region":              sessionKey,
	"sso_registration_scopes": otherKey,
	"login_session":           otherKey,
	"web_identity_token_file": otherKey,
	"credential_process":      otherKey,
	"credential_source":       otherKey,
	"aws_access_key_id":       otherKey,
	"aws_secret_access_key":   otherKey,
	"aws_session_token":       otherKey,
	"role_arn":                chainKey,
	"source_profile":          chainKey,
}

const (
	ownKey     = "it says whose profile it is, and is written into every one"
	sessionKey = "it belongs to the session: write it beside name"
	otherKey   = "it leads to other credentials than those of the session"
	chainKey   = "a role that is assumed from another is one of chains, with from and to"
)

// refusedKey says why a key of a profile is not for settings, or "".
func refusedKey(name string) string {
	if strings.HasPrefix(name, awsconfig.OwnKeys) {
		return "it is for our own notes"
	}
	return refusedKeys[name]
}

// suspicious says why a key deserves a look, "" if it does not.
func suspicious(key awsconfig.Key) string {
	switch {
	case key.Name == "cli_pager" && key.Value != "":
		return "a program that the AWS CLI starts"
	case key.Name == "ca_bundle":
		return "the AWS tools believe the certificates in that file"
	case key.Name == "data_path":
		return "what the AWS tools know of services, and where these are, comes from there"
	case key.Name == "services", key.Name == "csm_host", key.Name == "ec2_metadata_service_endpoint", strings.Contains(key.Name, "endpoint_url"), strings.Contains(key.Value, "endpoint_url"):
		return "the AWS tools send their requests there"
	}
	return ""
}

// knownKeys are the keys of profiles that the AWS CLI, botocore and aws-sdk-go-v2 know
// (config-vars.rst, configprovider.py, shared_config.go, settings reference of the SDKs),
// with those that are refused.
var knownKeys = sync.OnceValue(func() []string {
	return append([]string{
		"region", "output", "services", "endpoint_url", "ignore_configured_endpoint_urls", "ca_bundle",
		"cli_auto_prompt", "cli_binary_format", "cli_error_format", "cli_follow_urlparam", "cli_help_output",
		"cli_history", "cli_pager", "cli_timestamp_format",
		"duration_seconds", "external_id", "mfa_serial", "role_session_name", "aws_account_id",
		"account_id_endpoint_mode", "api_versions", "auth_scheme_preference", "data_path", "defaults_mode",
		"csm_client_id", "csm_enabled", "csm_host", "csm_port",
		"disable_clock_skew_correction", "disable_host_prefix_injection", "disable_request_compression",
		"ec2_instance_profile_name", "ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode",
		"ec2_metadata_v1_disabled", "endpoint_discovery_enabled", "imds_use_ipv6", "max_attempts",
		"metadata_service_num_attempts", "metadata_service_timeout", "parameter_validation",
		"request_checksum_calculation", "request_min_compression_size_bytes", "response_checksum_validation", "retry_mode",
		"s3", "s3_disable_express_session_auth", "s3_disable_multiregion_access_points",
		"s3_us_east_1_regional_endpoint", "s3_use_arn_region", "sdk_ua_app_id", "sigv4a_signing_region_set",
		"sts_regional_endpoints", "tcp_keepalive", "use_dualstack_endpoint", "use_fips_endpoint",
	}, slices.Sorted(maps.Keys(refusedKeys))...)
})

// knownNested are those of the nested values (s3-config.rst, configprovider.py).
var knownNested = []string{
	"addressing_style", "endpoint_url", "max_bandwidth", "max_concurrent_requests", "max_queue_size",
	"multipart_chunksize", "multipart_threshold", "payload_signing_enabled", "preferred_transfer_client",
	"s3_disable_multiregion_access_points", "signature_version", "target_bandwidth",
	"us_east_1_regional_endpoint", "use_accelerate_endpoint", "use_arn_region", "use_dualstack_endpoint",
}
