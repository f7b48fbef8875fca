package settings_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/settings"
)

// What a person should look at before they use what somebody else made.
func TestRemarks(t *testing.T) {
	const chain = `chains: [{from: {role: a}, to: "arn:aws:iam::111122223333:role/b", name: c, set: `
	for what, test := range map[string]struct {
		yaml string
		want []string
	}{
		"nothing":                {`defaults: {region: eu-west-1, output: json, max_attempts: 5, s3: {addressing_style: path}}`, nil},
		"a file":                 {`out: ~/.aws/team`, []string{"session acme: out ~/.aws/team: the profiles are written into that file"}},
		"a pager":                {`defaults: {cli_pager: less}`, []string{"session acme: cli_pager = less: a program that the AWS CLI starts"}},
		"no pager":               {`defaults: {cli_pager: ""}`, nil},
		"certificates":           {`overrides: [{match: {role: a}, set: {ca_bundle: /ca.pem}}]`, []string{"session acme: ca_bundle = /ca.pem: the AWS tools believe the certificates in that file"}},
		"another endpoint":       {chain + `{endpoint_url: "https://x.example"}}]`, []string{"session acme: endpoint_url = https://x.example: the AWS tools send their requests there"}},
		"descriptions":           {`defaults: {data_path: /models}`, []string{"session acme: data_path = /models: what the AWS tools know of services, and where these are, comes from there"}},
		"one in a nested value":  {`defaults: {s3: {endpoint_url: "https://x.example", addressing_style: path}}`, []string{"session acme: s3 = addressing_style = path, endpoint_url = https://x.example: the AWS tools send their requests there"}},
		"a section of endpoints": {`defaults: {services: mine}`, []string{"session acme: services = mine: the AWS tools send their requests there"}},
		"the instance's endpoint": {
			"defaults: {ec2_metadata_service_endpoint: \"http://x.example\"}",
			[]string{"session acme: ec2_metadata_service_endpoint = http://x.example: the AWS tools send their requests there"},
		},
		"another portal": {
			"\n  - name: other\n    start_url: https://sso.example.com/start",
			[]string{"session other: start_url https://sso.example.com/start is not a host of AWS: you would be led on from there"},
		},
	} {
		s, err := settings.Parse("c.yaml", []byte(acme+test.yaml))
		if err != nil {
			t.Fatal(what, err)
		}
		if diff := cmp.Diff(test.want, settings.Remarks(s)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", what, diff)
		}
	}
}
