// Command aws-sso-config-generator writes an AWS profile for every account and
// role that a person may use through IAM Identity Center.
package main

import (
	"os"

	"aws-sso-config-generator/internal/cli"
)

func main() { os.Exit(cli.Main()) }
